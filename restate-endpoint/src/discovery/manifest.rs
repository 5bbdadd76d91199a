//! The discovery manifest: the services of this endpoint in the form that a Restate server reads.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use restate_core::{
    Encoding, Format,
    contract::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind},
};
use serde::Serialize;
use serde_json::Value;

use super::{ManifestVersion, UnsupportedSetting, settings::SettingsEntry};
use crate::error::EndpointBuildError;

/// Versions of the service protocol that attempts can use: those of `restate-sdk-shared-core`.
pub(crate) const PROTOCOL_VERSIONS: std::ops::RangeInclusive<u32> = 5..=8;

/// How the request and the response of an attempt follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ProtocolMode {
    /// Both directions stream at the same time.
    BidiStream,
    /// The response begins when the request has ended; a handler that waits suspends at once.
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
    /// The manifest in this version.
    ///
    /// # Errors
    ///
    /// When a service has a setting that this version has no field for.
    pub(crate) fn new(
        services: &'a [ServiceEntry],
        version: ManifestVersion,
        protocol_mode: ProtocolMode,
    ) -> Result<Self, UnsupportedSetting> {
        match services.iter().find_map(|service| service.unsupported_in(version)) {
            Some(unsupported) => Err(unsupported),
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
    pub(crate) fn new(service: &'static ServiceDescriptor) -> Result<Self, EndpointBuildError> {
        let mut settings = service.settings;
        // In the manifest this setting belongs to the `run` handler, not to the service.
        let workflow_retention = settings.workflow_retention.take();
        if workflow_retention.is_some() && service.kind() != ServiceKind::Workflow {
            return Err(EndpointBuildError::setting(service, None, WORKFLOW_RETENTION));
        }
        let handlers = service.handlers().iter();
        Ok(Self {
            name: service.name(),
            ty: match service.kind() {
                ServiceKind::Object => "VIRTUAL_OBJECT",
                ServiceKind::Workflow => "WORKFLOW",
                _ => "SERVICE",
            },
            documentation: service.documentation,
            metadata: service.metadata.iter().copied().collect(),
            settings: SettingsEntry::new(&settings)
                .map_err(|reason| EndpointBuildError::setting(service, None, reason))?,
            handlers: handlers
                .map(|handler| HandlerEntry::new(service, handler, workflow_retention))
                .collect::<Result<_, _>>()?,
        })
    }

    fn unsupported_in(&self, version: ManifestVersion) -> Option<UnsupportedSetting> {
        let of_handlers = self.handlers.iter().map(|handler| (Some(handler), &handler.settings));
        [(None, &self.settings)].into_iter().chain(of_handlers).find_map(|(handler, settings)| {
            let handler = handler.map(|handler| handler.name);
            settings.unsupported_in(version, self.name, handler)
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
    ) -> Result<Self, EndpointBuildError> {
        let wrong = |reason| EndpointBuildError::setting(service, Some(handler), reason);
        let mut settings = handler.settings;
        match handler.kind() {
            HandlerKind::Run if settings.idempotency_retention.is_some() => {
                return Err(wrong(
                    "a `run` handler runs once for each key; set `workflow_retention` instead of \
                     `idempotency_retention`",
                ));
            }
            HandlerKind::Run => {
                settings.workflow_retention = settings.workflow_retention.or(workflow_retention);
            }
            _ if settings.workflow_retention.is_some() => return Err(wrong(WORKFLOW_RETENTION)),
            _ => {}
        }
        let schema = |text: Option<Cow<'_, str>>| {
            text.map(|text| serde_json::from_str(&text)).transpose().map_err(|source| {
                EndpointBuildError::InvalidSchema {
                    service: service.name(),
                    handler: handler.name(),
                    source,
                }
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
            documentation: handler.documentation,
            metadata: handler.metadata.iter().copied().collect(),
            settings: SettingsEntry::new(&settings).map_err(wrong)?,
        })
    }
}

const WORKFLOW_RETENTION: &str =
    "`workflow_retention` applies to the `run` handler of a workflow; leave it out elsewhere";

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
        // The manifest has room for one media range, and messages take protobuf and JSON. So it
        // accepts any, and the handler refuses other types. The body is not required, because an
        // empty one is an empty message.
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
            // The server sends this type with every response, whatever its encoding. Callers that
            // send binary protobuf know what they get back; callers that send JSON rely on it.
            Format::Message | Format::Json => Some("application/json"),
            Format::Bytes => Some("application/octet-stream"),
            _ => None,
        };
        Self { content_type, set_content_type_if_empty: false, json_schema }
    }
}
