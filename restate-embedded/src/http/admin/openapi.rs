use std::borrow::Cow;

use restate_core::{
    Format,
    contract::{HandlerDescriptor, ServiceDescriptor, ServiceKind},
};
use serde_json::{Map, Value, json};

use super::{reply::AdminResult, services};
use crate::model::{catalog::Catalog, target::Target};

/// An OpenAPI document for the ingress, of one service or of all.
pub(super) fn document(catalog: &Catalog, name: Option<&str>) -> AdminResult {
    let services: Vec<&ServiceDescriptor> = match name {
        Some(name) => vec![catalog.descriptor(name).ok_or_else(|| services::unknown(name))?],
        None => catalog.descriptors().collect(),
    };
    let mut paths = Map::new();
    for service in services {
        for handler in service.handlers() {
            let (path, parameters) = match service.kind() {
                ServiceKind::Service => (format!("/{}/{}", service.name(), handler.name()), vec![]),
                _ => {
                    let path = format!("/{}/{{key}}/{}", service.name(), handler.name());
                    let schema = json!({ "type": "string", "minLength": 1 });
                    let key = json!({
                        "name": "key", "in": "path", "required": true, "schema": schema,
                    });
                    (path, vec![key])
                }
            };
            let mut item = json!({
                "parameters": parameters,
                "post": operation(service, handler, ResponseKind::Response),
            });
            let target = Target::new(service.name(), handler.name(), "");
            if catalog.is_read(&target) && handler.input() != Format::Json {
                item["get"] = read_operation(service, handler);
            }
            paths.insert(path.clone(), item);
            let item = json!({
                "parameters": parameters,
                "post": operation(service, handler, ResponseKind::Accepted),
            });
            paths.insert(format!("{path}/send"), item);
        }
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": { "title": name.unwrap_or("Bound services"), "version": "1" },
        "paths": paths,
    }))
}

#[derive(Clone, Copy)]
enum ResponseKind {
    Response,
    Accepted,
}

fn operation(
    service: &ServiceDescriptor,
    handler: &HandlerDescriptor,
    reply: ResponseKind,
) -> Value {
    let suffix = if matches!(reply, ResponseKind::Accepted) { "/send" } else { "" };
    let mut operation = json!({
        "operationId": format!("{}/{}{suffix}", service.name(), handler.name()),
        "tags": [service.name()],
        "description": handler.documentation,
        "responses": match reply {
            ResponseKind::Response => json!({
                "200": response(handler),
                "default": { "description": "the handler failed, or the request was refused" },
            }),
            ResponseKind::Accepted => json!({ "202": { "description": "accepted and stored" } }),
        },
    });
    if handler.input() != Format::Empty {
        let content = content(handler.input(), handler.input_schema());
        let required = handler.input() != Format::Message;
        operation["requestBody"] = json!({ "required": required, "content": content });
    }
    operation
}

/// A GET, which has no body.
fn read_operation(service: &ServiceDescriptor, handler: &HandlerDescriptor) -> Value {
    let mut operation = operation(service, handler, ResponseKind::Response);
    operation["operationId"] = format!("{}/{}/get", service.name(), handler.name()).into();
    if let Some(operation) = operation.as_object_mut() {
        operation.remove("requestBody");
    }
    operation
}

fn response(handler: &HandlerDescriptor) -> Value {
    let content = content(handler.output(), handler.output_schema());
    json!({ "description": "the response of the handler", "content": content })
}

fn content(format: Format, schema: Option<Cow<'_, str>>) -> Value {
    let schema = schema.and_then(|schema| serde_json::from_str(&schema).ok());
    let schema = schema.unwrap_or_else(|| json!({}));
    let types = format.content_types().iter();
    let content: Map<String, Value> = types
        .map(|&content_type| {
            let schema = match content_type {
                "application/json" => &schema,
                _ => &Value::Bool(true),
            };
            (content_type.to_owned(), json!({ "schema": schema }))
        })
        .collect();
    content.into()
}
