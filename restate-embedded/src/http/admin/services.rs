use restate_core::{
    Format,
    contract::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind},
};
use serde_json::{Value, json};

use super::reply::AdminResult;
use crate::{http::refusal::refusal, model::catalog::Catalog};

/// All bound services, ordered by name.
pub(super) fn list(catalog: &Catalog) -> Value {
    let services: Vec<Value> = catalog.descriptors().map(service).collect();
    json!({ "services": services })
}

/// One bound service.
pub(super) fn describe(catalog: &Catalog, name: &str) -> AdminResult {
    catalog.descriptor(name).map(service).ok_or_else(|| unknown(name))
}

pub(super) fn unknown(name: &str) -> restate_core::TerminalError {
    refusal(404, format!("no such service: `{name}`; /services lists those that are bound"))
}

pub(super) fn service(service: &ServiceDescriptor) -> Value {
    let private = service.settings.private == Some(true);
    let handlers: Vec<Value> = service.handlers().iter().map(handler).collect();
    json!({
        "name": service.name(),
        "ty": match service.kind() {
            ServiceKind::Object => "VirtualObject",
            ServiceKind::Workflow => "Workflow",
            _ => "Service",
        },
        "documentation": service.documentation,
        "public": !private,
        "handlers": handlers,
    })
}

fn handler(handler: &HandlerDescriptor) -> Value {
    json!({
        "name": handler.name(),
        "ty": match handler.kind() {
            HandlerKind::Exclusive => Some("Exclusive"),
            HandlerKind::Shared => Some("Shared"),
            HandlerKind::Run => Some("Workflow"),
            _ => None,
        },
        "documentation": handler.documentation,
        "input": content_types(handler.input()),
        "output": content_types(handler.output()),
    })
}

fn content_types(format: Format) -> &'static [&'static str] {
    format.content_types()
}
