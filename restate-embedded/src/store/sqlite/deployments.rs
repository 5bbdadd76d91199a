//! Deployments in their table.

use std::{collections::BTreeMap, error::Error};

use rusqlite::{Row, params, types::Type};
use serde_json::{Value, json};

use super::{
    SqliteStore,
    columns::{signed, unsigned},
    sealing::{Place, opened},
};
use crate::model::{
    deployment::{Connection, DeployedService, Deployment, ProtocolMode},
    encryption::Keys,
    manifest::ServiceManifest,
    sealed::is_marked,
};

impl SqliteStore {
    pub(super) fn set_deployment(&self, deployment: &Deployment) -> rusqlite::Result<()> {
        let Deployment { id, created_at, connection, services } = deployment;
        let Connection { uri, use_http_11, headers, metadata, mode, .. } = connection;
        let hidden = services.values().filter(|it| it.descriptor.has_redacted_fields());
        for service in hidden {
            // Also from a later start that has no contract of it.
            let sql = "INSERT OR IGNORE INTO redacted_service (name) VALUES (?1)";
            self.execute(sql, params![service.descriptor.name()])?;
        }
        let id = id.to_string();
        let headers = json!(headers).to_string();
        let headers = self.sealed(Place::Headers(&id), headers.as_bytes())?;
        let services: Vec<String> = services
            .values()
            .map(|it| format!(r#"{{"revision":{},"manifest":{}}}"#, it.revision, it.manifest))
            .collect();
        self.execute(
            "INSERT OR REPLACE INTO deployment (id, uri, created_at, mode, use_http_11, \
             min_protocol, max_protocol, sdk, headers, services, metadata) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                id,
                &**uri,
                signed(*created_at),
                *mode == ProtocolMode::RequestResponse,
                use_http_11,
                connection.min_protocol,
                connection.max_protocol,
                connection.sdk,
                &*headers,
                format!("[{}]", services.join(",")),
                json!(metadata).to_string()
            ],
        )
    }

    pub(super) fn stored_deployments(&self) -> rusqlite::Result<Vec<Deployment>> {
        let sql = "SELECT id, uri, created_at, mode, use_http_11, min_protocol, max_protocol, sdk, \
                   headers, services, metadata FROM deployment ORDER BY id";
        let mut found = self.query(sql, &[], |row| read(row, &self.keys))?;
        found.sort_by_key(|deployment| deployment.id);
        Ok(found)
    }
}

fn read(row: &Row<'_>, keys: &Keys) -> rusqlite::Result<Deployment> {
    let id: String = row.get(0)?;
    let connection = Connection {
        uri: row.get::<_, String>(1)?.into(),
        mode: if row.get(3)? { ProtocolMode::RequestResponse } else { ProtocolMode::BidiStream },
        use_http_11: row.get(4)?,
        min_protocol: row.get(5)?,
        max_protocol: row.get(6)?,
        sdk: row.get(7)?,
        headers: headers(&opened(keys, Place::Headers(&id), row.get(8)?)?)?,
        metadata: pairs(row.get_ref(10)?.as_bytes()?, 10)?,
    };
    let services: Value = serde_json::from_str(row.get_ref(9)?.as_str()?).map_err(invalid(9))?;
    let services = services.as_array().into_iter().flatten().map(|service| {
        let manifest = service.get("manifest").unwrap_or(&Value::Null).to_string();
        let ServiceManifest { descriptor, json } = ServiceManifest::stored(&manifest)?;
        let revision = service.get("revision").and_then(Value::as_u64);
        let revision = revision.and_then(|it| u32::try_from(it).ok()).unwrap_or(1);
        Ok((descriptor.name(), DeployedService { revision, descriptor, manifest: json }))
    });
    let services: Result<BTreeMap<_, _>, Box<dyn Error + Send + Sync>> = services.collect();
    Ok(Deployment {
        id: id.parse().map_err(invalid(0))?,
        created_at: unsigned(row.get(2)?),
        connection,
        services: services.map_err(invalid(9))?,
    })
}

/// None if they are encrypted with a key that is withheld: such an engine runs no handlers.
fn headers(json: &[u8]) -> rusqlite::Result<Vec<(String, String)>> {
    if is_marked(json) {
        return Ok(Vec::new());
    }
    pairs(json, 8)
}

/// Names and values in the column with this number.
fn pairs(json: &[u8], column: usize) -> rusqlite::Result<Vec<(String, String)>> {
    let pairs: Value = serde_json::from_slice(json).map_err(invalid(column))?;
    let pairs = pairs.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(pairs.filter_map(|pair| Some((text(pair.get(0)?)?, text(pair.get(1)?)?))).collect())
}

fn invalid<E: Into<Box<dyn Error + Send + Sync>>>(column: usize) -> impl Fn(E) -> rusqlite::Error {
    move |source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, source.into())
}
