//! An rpc of a contract, as callers of an ingress need it.

use prost_reflect::{FieldDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor};
use restate_core::{Encoding, RpcCode, Target};

use super::options::{self, EncodingOption, Kind, Options};
use crate::status::RpcStatus;

/// In which encoding services are called whose contract does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultEncoding {
    /// That of each client: services written with this library take both.
    #[default]
    AsRequest,
    /// JSON, which services written with other SDKs expect. Requests are converted.
    Json,
    /// Binary protobuf. Requests are converted.
    Proto,
}

/// An rpc and its handler.
#[derive(Clone, Debug)]
pub(super) struct Method {
    /// `package.Service/Rpc`.
    pub(super) name: String,
    service: String,
    handler: String,
    pub(super) kind: Kind,
    /// Whether it is the handler of a workflow that runs once for each key.
    pub(super) is_run: bool,
    pub(super) is_read: bool,
    is_private: bool,
    streams: bool,
    encoding: DefaultEncoding,
    /// Headers with secrets that the handler asks for, in lower case.
    keep_headers: Vec<String>,
    pub(super) key: Option<FieldDescriptor>,
    pub(super) input: MessageDescriptor,
    pub(super) output: MessageDescriptor,
}

impl Method {
    pub(super) fn new(
        service: &ServiceDescriptor,
        of_service: &Options,
        method: &MethodDescriptor,
        default: DefaultEncoding,
    ) -> Self {
        let options = options::of_method(method);
        let kind = of_service.service_kind();
        let is_named_run = method.name() == "Run";
        let is_run = match options.kind.as_deref() {
            Some("RUN" | "WORKFLOW_RUN") => true,
            None | Some("UNSET") => is_named_run,
            _ => false,
        };
        Self {
            name: format!("{}/{}", service.full_name(), method.name()),
            service: of_service.name.clone().unwrap_or_else(|| service.full_name().to_owned()),
            handler: options.name.unwrap_or_else(|| method.name().to_owned()),
            kind,
            is_run: kind == Kind::Workflow && is_run,
            is_read: options::has_no_side_effects(method),
            is_private: options.private.or(of_service.private) == Some(true),
            streams: method.is_client_streaming() || method.is_server_streaming(),
            encoding: match options.encoding.or(of_service.encoding) {
                Some(EncodingOption::Binary) => DefaultEncoding::Proto,
                Some(EncodingOption::Json) => DefaultEncoding::Json,
                None => default,
            },
            keep_headers: match options.keep_headers {
                own if own.is_empty() => of_service.keep_headers.clone(),
                own => own,
            },
            key: method.input().fields().find(options::is_key),
            input: method.input(),
            output: method.output(),
        }
    }

    /// Whether clients may call it.
    ///
    /// # Errors
    ///
    /// Code `UNIMPLEMENTED` if it streams, `PERMISSION_DENIED` if only handlers may call it.
    pub(super) fn admit(&self) -> Result<(), RpcStatus> {
        let name = &self.name;
        if self.streams {
            let text = format!(
                "`{name}` streams in its contract, but a durable rpc has one request and one response"
            );
            return Err(RpcStatus::new(RpcCode::Unimplemented, text));
        }
        if self.is_private {
            let text = format!("`{name}` is private; only handlers can call it");
            return Err(RpcStatus::new(RpcCode::PermissionDenied, text));
        }
        Ok(())
    }

    /// Whether the handler sees a header with this name. As on the embedded engine, it does not see those
    /// with secrets unless its contract asks for them: an engine stores what it sees.
    pub(super) fn sees(&self, header: &str) -> bool {
        !SECRET.contains(&header) || self.keep_headers.iter().any(|kept| kept == header)
    }

    /// The encoding of the request that the handler gets, from a client with this one.
    pub(super) fn sent(&self, asked: Encoding) -> Encoding {
        match self.encoding {
            DefaultEncoding::AsRequest => asked,
            DefaultEncoding::Json => Encoding::Json,
            DefaultEncoding::Proto => Encoding::Proto,
        }
    }

    /// Whether the handler has no request, which is no body at all.
    pub(super) fn has_no_input(&self) -> bool {
        // Other SDKs, which are sent JSON, have an empty object for the empty message.
        self.input.full_name() == EMPTY && self.encoding != DefaultEncoding::Json
    }

    pub(super) fn target(&self, key: Option<String>) -> Target {
        let (service, handler) = (self.service.clone(), self.handler.clone());
        match key {
            Some(key) => Target::object(service, key, handler),
            None => Target::service(service, handler),
        }
    }
}

/// Headers that hold secrets.
const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

const EMPTY: &str = "google.protobuf.Empty";
