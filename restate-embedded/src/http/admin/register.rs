//! Registers deployments, and changes them.

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{
    deployments::{IN_PROCESS_URI, refused, services_of, shown, unknown},
    reply::AdminResult,
    stopped,
};
use crate::{
    engine::{
        handle::EngineHandle,
        remote::{address::DeploymentAddress, discovery::discover},
    },
    http::refusal::refusal,
    machine::{Consent, DeployOutcome, Deployed, Registration},
    model::{
        deployment::{Connection, DeploymentId},
        revision::{ChangeKind, ServiceChange},
    },
};

const FIELDS: [&str; 7] =
    ["uri", "additional_headers", "metadata", "use_http_11", "force", "breaking", "dry_run"];
const FIELDS_OF_UPDATES: [&str; 6] =
    ["uri", "additional_headers", "metadata", "use_http_11", "overwrite", "dry_run"];

/// Registers the deployment that the body names.
pub(super) async fn register(engine: &EngineHandle, body: &[u8]) -> AdminResult {
    let request = request(body, &FIELDS)?;
    let Some(url) = text(&request, "uri")? else {
        let message = r#"the body names no deployment; it is of the form {"uri": "http://.."}"#;
        return Err(refusal(400, message));
    };
    let address = DeploymentAddress {
        url: url.to_owned(),
        use_http_11: flag(&request, "use_http_11")?,
        headers: headers(&request)?.unwrap_or_default(),
        metadata: pairs(&request, "metadata")?.unwrap_or_default(),
    };
    let consent =
        Consent { force: flag(&request, "force")?, breaking: flag(&request, "breaking")? };
    deploy(engine, None, address, consent, flag(&request, "dry_run")?).await
}

/// Changes how a deployment is reached; it must have what it had before, unless told otherwise.
pub(super) async fn update(engine: &EngineHandle, id: DeploymentId, body: &[u8]) -> AdminResult {
    let request = request(body, &FIELDS_OF_UPDATES)?;
    if id == DeploymentId::IN_PROCESS {
        let message = "the services in this process are not reached by a URL, so nothing of that can be \
                       changed; change the program";
        return Err(refusal(409, message));
    }
    let catalog = engine.catalog();
    let Some(deployment) = catalog.deployment(id) else { return Err(unknown(id)) };
    let Connection { uri, use_http_11, headers: before, metadata, .. } = &deployment.connection;
    let address = DeploymentAddress {
        url: text(&request, "uri")?.unwrap_or(uri).to_owned(),
        use_http_11: match request.get("use_http_11") {
            None | Some(Value::Null) => *use_http_11,
            Some(_) => flag(&request, "use_http_11")?,
        },
        headers: headers(&request)?.unwrap_or_else(|| before.clone()),
        metadata: pairs(&request, "metadata")?.unwrap_or_else(|| metadata.clone()),
    };
    let overwrite = flag(&request, "overwrite")?;
    let consent = Consent { force: overwrite, breaking: overwrite };
    deploy(engine, Some(id), address, consent, flag(&request, "dry_run")?).await
}

async fn deploy(
    engine: &EngineHandle,
    id: Option<DeploymentId>,
    address: DeploymentAddress,
    consent: Consent,
    dry_run: bool,
) -> AdminResult {
    let url = address.url.clone();
    if url.trim_end_matches('/') == IN_PROCESS_URI.trim_end_matches('/') {
        let message = format!(
            "{IN_PROCESS_URI} stands for the services in this process, which need no registration"
        );
        return Err(refusal(400, message));
    }
    let (connection, services) = discover(address, &engine.security).await.map_err(|error| {
        refusal(400, format!("the deployment at {url} cannot be registered: {error}"))
    })?;
    let registration = Registration { id, connection, services, consent, dry_run };
    let deployed = engine.deploy(registration).await.map_err(refused)?;
    let Deployed { deployment, outcome, changes } = &deployed;
    let mut answer = shown(deployment, &engine.catalog(), 0);
    let described = deployment.clone();
    let described =
        engine.inspect(move |machine, _| services_of(&described, machine.default_settings()));
    answer["services"] = described.await.map_err(|_| stopped())?;
    for name in ["status", "invocations"] {
        answer.as_object_mut().map(|answer| answer.remove(name));
    }
    answer["outcome"] = match outcome {
        DeployOutcome::Added => "added",
        DeployOutcome::Replaced => "replaced",
        DeployOutcome::Unchanged => "unchanged",
    }
    .into();
    answer["changes"] = changes.iter().map(change).collect();
    answer["dry_run"] = dry_run.into();
    Ok(answer)
}

fn change(change: &ServiceChange) -> Value {
    json!({
        "service": change.service,
        "change": match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Unchanged => "unchanged",
            ChangeKind::Removed => "removed",
        },
        "added_handlers": change.added_handlers,
        "removed_handlers": change.removed_handlers,
        "breaks": change.breaks(),
    })
}

/// Refuses unknown fields: a misspelt `dry_run` would register.
fn request(body: &[u8], fields: &[&str]) -> Result<Value, TerminalError> {
    let request: Value = serde_json::from_slice(body)
        .map_err(|error| refusal(400, format!("the body is not JSON: {error}")))?;
    let Some(entries) = request.as_object() else {
        return Err(refusal(400, "the body is not a JSON object"));
    };
    match entries.keys().find(|name| !fields.contains(&name.as_str())) {
        Some(name) if name == "arn" => {
            Err(refusal(400, "this engine cannot reach AWS Lambda; register the URL of a server"))
        }
        Some(name) => {
            let fields = fields.join("`, `");
            Err(refusal(400, format!("`{name}` is not a field here; the fields are `{fields}`")))
        }
        None => Ok(request),
    }
}

fn text<'a>(request: &'a Value, name: &str) -> Result<Option<&'a str>, TerminalError> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(refusal(400, format!("`{name}` is `{other}`, and not a text"))),
    }
}

fn flag(request: &Value, name: &str) -> Result<bool, TerminalError> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => {
            Err(refusal(400, format!("`{name}` is `{other}`, and neither true nor false")))
        }
    }
}

fn headers(request: &Value) -> Result<Option<Vec<(String, String)>>, TerminalError> {
    let headers = pairs(request, "additional_headers")?;
    let lower_case = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
    Ok(headers.map(|headers| headers.into_iter().map(lower_case).collect()))
}

/// Names and values.
fn pairs(request: &Value, field: &str) -> Result<Option<Vec<(String, String)>>, TerminalError> {
    let pairs = match request.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(pairs)) => pairs,
        Some(_) => {
            return Err(refusal(400, format!("`{field}` is not an object of names and values")));
        }
    };
    let pairs = pairs.iter().map(|(name, value)| match value {
        Value::String(value) => Ok((name.clone(), value.clone())),
        _ => Err(refusal(400, format!("the value of `{name}` in `{field}` is not a text"))),
    });
    let mut pairs: Vec<_> = pairs.collect::<Result<_, _>>()?;
    pairs.sort_unstable();
    Ok(Some(pairs))
}
