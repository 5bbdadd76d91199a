//! The discovery manifest: what this endpoint serves, as a Restate server reads it.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use restate_core::{
    Encoding, Format, HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind,
};
use serde::Serialize;
use serde_json::Value;

use super::{ManifestVersion, TooNew, settings::SettingsEntry};
use crate::builder::BuildError;

/// The protocol versions that attempts can be run in.
pub(crate) const PROTOCOL_VERSIONS: std::ops::RangeInclusive<u32> = 5..=8;

/// How requests and responses of one attempt follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ProtocolMode {
    /// Both directions stream at the same time.
    BidiStream,
    /// The response begins when the request has ended; a handler that has to wait suspends at once.
    RequestResponse,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest<'a> {
    protocol_mode: ProtocolMode,
    min_protocol_version: u32,
    max_protocol_version: u32,
    services: &'a [ServiceEntry],
}

impl<'a> Manifest<'a> {
    /// What is told to a server that understands `version`.
    ///
    /// # Errors
    ///
    /// When a service asks for something that this version cannot say.
    pub(crate) fn new(
        services: &'a [ServiceEntry],
        version: ManifestVersion,
        protocol_mode: ProtocolMode,
    ) -> Result<Self, TooNew> {
        match services.iter().find_map(|service| service.too_new_for(version)) {
            Some(too_new) => Err(too_new),
            None => Ok(Self {
                protocol_mode,
                min_protocol_version: *PROTOCOL_VERSIONS.start(),
                max_protocol_version: *PROTOCOL_VERSIONS.end(),
                services,
            }),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceEntry {
    name: &'static str,
    ty: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    documentation: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, &'static str>,
    #[serde(flatten)]
    settings: SettingsEntry,
    handlers: Vec<HandlerEntry>,
}

impl ServiceEntry {
    pub(crate) fn new(service: &'static ServiceDescriptor) -> Result<Self, BuildError> {
        let mut settings = *service.engine_settings();
        // The manifest has this one with the handler that it is about.
        let workflow_retention = settings.workflow_retention.take();
        if workflow_retention.is_some() && service.kind() != ServiceKind::Workflow {
            return Err(BuildError::setting(service, None, WORKFLOW_RETENTION));
        }
        let handlers = service.handlers().iter();
        Ok(Self {
            name: service.name(),
            ty: match service.kind() {
                ServiceKind::Object => "VIRTUAL_OBJECT",
                ServiceKind::Workflow => "WORKFLOW",
                _ => "SERVICE",
            },
            documentation: service.docs(),
            metadata: service.labels().iter().copied().collect(),
            settings: SettingsEntry::new(&settings)
                .map_err(|reason| BuildError::setting(service, None, reason))?,
            handlers: handlers
                .map(|handler| HandlerEntry::new(service, handler, workflow_retention))
                .collect::<Result<_, _>>()?,
        })
    }

    fn too_new_for(&self, version: ManifestVersion) -> Option<TooNew> {
        let of_handlers = self.handlers.iter().map(|handler| (Some(handler), &handler.settings));
        [(None, &self.settings)].into_iter().chain(of_handlers).find_map(|(handler, settings)| {
            let handler = handler.map(|handler| handler.name);
            settings.too_new_for(version, self.name, handler)
        })
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HandlerEntry {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ty: Option<&'static str>,
    input: Input,
    output: Output,
    #[serde(skip_serializing_if = "str::is_empty")]
    documentation: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, &'static str>,
    #[serde(flatten)]
    settings: SettingsEntry,
}

impl HandlerEntry {
    fn new(
        service: &'static ServiceDescriptor,
        handler: &'static HandlerDescriptor,
        workflow_retention: Option<Duration>,
    ) -> Result<Self, BuildError> {
        let wrong = |reason| BuildError::setting(service, Some(handler), reason);
        let mut settings = *handler.engine_settings();
        match handler.kind() {
            HandlerKind::Run if settings.idempotency_retention.is_some() => {
                return Err(wrong(
                    "a `run` handler runs once for each key anyway; set `workflow_retention`",
                ));
            }
            HandlerKind::Run => {
                settings.workflow_retention = settings.workflow_retention.or(workflow_retention);
            }
            _ if settings.workflow_retention.is_some() => return Err(wrong(WORKFLOW_RETENTION)),
            _ => {}
        }
        let schema = |text: Option<Cow<'_, str>>| {
            text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| {
                BuildError::Schema { service: service.name(), handler: handler.name(), error }
            })
        };
        Ok(Self {
            name: handler.name(),
            ty: match handler.kind() {
                HandlerKind::Exclusive => Some("EXCLUSIVE"),
                HandlerKind::Shared => Some("SHARED"),
                HandlerKind::Run => Some("WORKFLOW"),
                _ => None,
            },
            input: Input::new(handler.input(), schema(handler.input_schema())?),
            output: Output::new(
                handler.output(),
                service.settings_of(handler.name()).encoding,
                schema(handler.output_schema())?,
            ),
            documentation: handler.docs(),
            metadata: handler.labels().iter().copied().collect(),
            settings: SettingsEntry::new(&settings).map_err(wrong)?,
        })
    }
}

const WORKFLOW_RETENTION: &str = "`workflow_retention` is about the `run` handler of a workflow";

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<Value>,
}

impl Input {
    fn new(format: Format, json_schema: Option<Value>) -> Self {
        // One media range is all that the server compares with, so messages take any: what is
        // neither protobuf nor JSON is refused by the handler, which names both. An empty body
        // without a content type is an empty message.
        let (required, content_type) = match format {
            Format::Message => (false, Some("*/*")),
            Format::Json => (true, Some("application/json")),
            Format::Bytes => (false, Some("*/*")),
            _ => (false, None),
        };
        Self { required, content_type, json_schema }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
    set_content_type_if_empty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<Value>,
}

impl Output {
    fn new(format: Format, encoding: Option<Encoding>, json_schema: Option<Value>) -> Self {
        let content_type = match format {
            Format::Message if encoding == Some(Encoding::Proto) => {
                let content_type = Some(Encoding::Proto.content_type());
                return Self { content_type, set_content_type_if_empty: false, json_schema: None };
            }
            // The server labels every response with this, whatever its encoding. Those who send
            // binary protobuf know what they get back; those who send JSON may look here.
            Format::Message | Format::Json => Some("application/json"),
            Format::Bytes => Some("application/octet-stream"),
            _ => None,
        };
        Self { content_type, set_content_type_if_empty: false, json_schema }
    }
}
