//! Deployments: services behind URLs, and those that are bound in this process.

use restate_core::{TerminalError, contract::ServiceDescriptor, wire::protocol::VERSION};
use serde_json::{Map, Value, json};

use super::{
    reply::AdminResult,
    services::{self, Revision},
    stopped,
};
use crate::{
    engine::handle::{ControlError, EngineHandle},
    http::refusal::refusal,
    machine::Machine,
    model::{
        catalog::Catalog,
        deployment::{Connection, Deployment, DeploymentId, ProtocolMode},
        settings::Settings,
        timestamp::rfc_3339,
    },
};

/// In place of the URL of this process, which has none as a deployment. Restate's tools require one.
pub(super) const IN_PROCESS_URI: &str = "in-process://localhost/";

/// All deployments, the oldest first.
pub(super) async fn list(engine: &EngineHandle) -> AdminResult {
    let shown = engine.inspect(|machine, _| {
        let catalog = machine.catalog();
        let mut deployments: Vec<_> = catalog.deployments().collect();
        deployments.sort_by_key(|deployment| deployment.created_at);
        let started = |id| machine.started_on(id);
        let others = deployments.into_iter().map(|it| summary(it, catalog, started(it.id)));
        let here = in_process(machine);
        here.into_iter().chain(others).collect::<Vec<_>>()
    });
    Ok(json!({ "deployments": shown.await.map_err(|_| stopped())? }))
}

/// One deployment, with all that is known of its services.
pub(super) async fn describe(engine: &EngineHandle, id: DeploymentId) -> AdminResult {
    let shown = engine.inspect(move |machine, _| {
        let (catalog, defaults) = (machine.catalog(), machine.default_settings());
        if id == DeploymentId::IN_PROCESS {
            let mut shown = in_process(machine)?;
            let service = |(it, revision)| service(it, revision, id, defaults);
            shown["services"] = catalog.bound().map(service).collect();
            return Some(shown);
        }
        let deployment = catalog.deployment(id)?;
        let mut shown = shown(deployment, catalog, machine.started_on(id));
        shown["services"] = services_of(deployment, defaults);
        Some(shown)
    });
    shown.await.map_err(|_| stopped())?.ok_or_else(|| unknown(id))
}

/// Removes a deployment.
pub(super) async fn remove(engine: &EngineHandle, id: DeploymentId, force: bool) -> AdminResult {
    if id == DeploymentId::IN_PROCESS {
        let message =
            "the services in this process cannot be removed; start the engine without them";
        return Err(refusal(409, message));
    }
    match engine.undeploy(id, force).await {
        Ok(()) => Ok(json!({ "id": id.to_string(), "removed": true })),
        Err(ControlError::NotFound) => Err(unknown(id)),
        Err(error) => Err(refused(error)),
    }
}

pub(super) fn unknown(id: DeploymentId) -> TerminalError {
    refusal(404, format!("no such deployment: {id}; /deployments lists all"))
}

pub(super) fn refused(error: ControlError) -> TerminalError {
    match error {
        ControlError::Refused(reason) => refusal(409, reason),
        ControlError::TooLarge(reason) => refusal(413, reason),
        ControlError::Stopped | ControlError::NotFound => stopped(),
    }
}

/// What is bound in this process; `None` if that is nothing.
fn in_process(machine: &Machine) -> Option<Value> {
    let (catalog, id) = (machine.catalog(), DeploymentId::IN_PROCESS);
    let services: Vec<_> =
        catalog.bound().map(|(it, revision)| named(it.name(), revision)).collect();
    if services.is_empty() {
        return None;
    }
    let is_newest = |name: &str| catalog.newest(name).is_some_and(|it| it.deployment == id);
    let is_active = catalog.bound().any(|(it, _)| is_newest(it.name()));
    let started = machine.started_on(id);
    Some(json!({
        "id": id.to_string(),
        "kind": "in-process",
        "uri": IN_PROCESS_URI,
        "protocol_type": "BidiStream",
        "http_version": "HTTP/2.0",
        "created_at": rfc_3339(machine.began()),
        "min_protocol_version": VERSION,
        "max_protocol_version": VERSION,
        "sdk_version": concat!("restate-embedded/", env!("CARGO_PKG_VERSION")),
        "services": services,
        "status": status(is_active, started),
        "invocations": started,
    }))
}

fn summary(deployment: &Deployment, catalog: &Catalog, started: usize) -> Value {
    let mut shown = shown(deployment, catalog, started);
    let services = deployment.services.iter();
    shown["services"] = services.map(|(name, it)| named(name, it.revision)).collect();
    shown
}

/// All that is known of the services of a deployment.
pub(super) fn services_of(deployment: &Deployment, defaults: &Settings) -> Value {
    let services = deployment.services.values();
    services.map(|it| service(it.descriptor, it.revision, deployment.id, defaults)).collect()
}

/// A deployment without its services.
pub(super) fn shown(deployment: &Deployment, catalog: &Catalog, started: usize) -> Value {
    let Deployment { id, created_at, connection, services } = deployment;
    let Connection { uri, use_http_11, headers, metadata, mode, .. } = connection;
    let is_newest = |name: &&str| catalog.newest(name).is_some_and(|it| it.deployment == *id);
    let is_active = services.keys().any(is_newest);
    // Their values may be secrets.
    let headers = headers.iter().map(|(name, _)| (name.clone(), Value::from("[redacted]")));
    let metadata = metadata.iter().map(|(name, value)| (name.clone(), Value::from(&**value)));
    json!({
        "id": id.to_string(),
        "kind": "http",
        "uri": **uri,
        "protocol_type": match mode {
            ProtocolMode::BidiStream => "BidiStream",
            ProtocolMode::RequestResponse => "RequestResponse",
        },
        "http_version": if *use_http_11 { "HTTP/1.1" } else { "HTTP/2.0" },
        "additional_headers": headers.collect::<Map<_, _>>(),
        "metadata": metadata.collect::<Map<_, _>>(),
        "created_at": rfc_3339(*created_at),
        "min_protocol_version": connection.min_protocol,
        "max_protocol_version": connection.max_protocol,
        "sdk_version": connection.sdk,
        "status": status(is_active, started),
        "invocations": started,
    })
}

/// Whether a deployment can be removed: nobody starts on it any more, and nothing runs on it.
fn status(is_active: bool, started: usize) -> &'static str {
    match (is_active, started) {
        (true, _) => "active",
        (false, 0) => "drained",
        (false, _) => "draining",
    }
}

fn named(name: &str, revision: u32) -> Value {
    json!({ "name": name, "revision": revision })
}

fn service(
    descriptor: &'static ServiceDescriptor,
    number: u32,
    deployment: DeploymentId,
    defaults: &Settings,
) -> Value {
    services::service(&Revision { descriptor, deployment, number }, defaults)
}
