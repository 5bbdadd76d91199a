//! What the engine has in memory for good: deployments, services and limit rules.

use restate_core::contract::{ServiceDescriptor, ServiceKind};
use rusqlite::{Connection, params};
use serde_json::json;

use super::Inside;
use crate::{
    http::admin::deployments::IN_PROCESS_URI,
    model::{catalog::Catalog, deployment::DeploymentId, timestamp::rfc_3339},
};

/// How Restate's SQL names the kind of a service.
pub(super) fn service_type(service: &ServiceDescriptor) -> &'static str {
    match service.kind() {
        ServiceKind::Object => "virtual_object",
        ServiceKind::Workflow => "workflow",
        _ => "service",
    }
}

/// Fills the tables.
pub(super) fn fill(connection: &Connection, inside: &Inside) -> rusqlite::Result<()> {
    let (began, rules) = inside.look(|machine, _| {
        let rules: Vec<_> = machine.rules().iter().cloned().collect();
        (machine.began(), rules)
    })?;
    let catalog = inside.catalog();
    deployments(connection, catalog, began)?;
    services(connection, catalog)?;
    for rule in rules {
        connection.execute(
            "INSERT INTO sys_rules VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                rule.pattern.as_str(),
                rule.concurrency.map(std::num::NonZeroU32::get),
                rule.description,
                rule.disabled,
                rule.version,
                rfc_3339(rule.modified)
            ],
        )?;
    }
    Ok(())
}

fn deployments(connection: &Connection, catalog: &Catalog, began: u64) -> rusqlite::Result<()> {
    use restate_core::wire::protocol::VERSION;

    let sql = "INSERT INTO sys_deployment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    for deployment in catalog.deployments() {
        let connected = &deployment.connection;
        let services: Vec<_> = deployment.services.keys().collect();
        connection.execute(
            sql,
            params![
                deployment.id.to_string(),
                "http",
                &*connected.uri,
                rfc_3339(deployment.created_at),
                connected.min_protocol,
                connected.max_protocol,
                json!(services).to_string()
            ],
        )?;
    }
    let bound: Vec<_> = catalog.bound().map(|(service, _)| service.name()).collect();
    if !bound.is_empty() {
        connection.execute(
            sql,
            params![
                DeploymentId::IN_PROCESS.to_string(),
                "in-process",
                IN_PROCESS_URI,
                rfc_3339(began),
                VERSION,
                VERSION,
                json!(bound).to_string()
            ],
        )?;
    }
    Ok(())
}

fn services(connection: &Connection, catalog: &Catalog) -> rusqlite::Result<()> {
    for service in catalog.descriptors() {
        let Some(newest) = catalog.newest(service.name()) else { continue };
        connection.execute(
            "INSERT INTO sys_service VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                service.name(),
                newest.revision,
                service.settings.private != Some(true),
                service_type(service),
                newest.deployment.to_string()
            ],
        )?;
    }
    Ok(())
}
