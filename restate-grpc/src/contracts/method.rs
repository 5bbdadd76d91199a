//! An rpc of a contract, as callers of an ingress need it.

use prost_reflect::{
    DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};
use restate_core::{Encoding, RpcCode, Target};
use restate_descriptors::options::{
    self, HandlerOptions, Origin, ServiceKind, ServiceOptions, enum_value, flag, texts,
};

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
pub(crate) struct Method {
    /// `package.Service/Rpc`.
    pub(crate) name: String,
    service: String,
    handler: String,
    pub(crate) kind: ServiceKind,
    /// Whether it is the handler of a workflow that runs once for each key.
    pub(crate) is_run: bool,
    pub(crate) is_read: bool,
    is_private: bool,
    streams: bool,
    encoding: DefaultEncoding,
    /// Headers with secrets that the handler asks for, in lower case.
    keep_headers: Vec<String>,
    pub(crate) key: Option<FieldDescriptor>,
    pub(crate) input: MessageDescriptor,
    pub(crate) output: MessageDescriptor,
}

impl Method {
    pub(crate) fn new(
        service: &ServiceDescriptor,
        of_service: &ServiceOptions,
        method: &MethodDescriptor,
        default: DefaultEncoding,
    ) -> Self {
        let options = HandlerOptions::of(method);
        let kind = of_service.kind;
        let (own, of_all) = (options.message.as_ref(), of_service.message.as_ref());
        let private = own.and_then(private).or_else(|| of_all.and_then(private));
        let encoding = own.and_then(encoding).or_else(|| of_all.and_then(encoding));
        let keep_headers = own.and_then(keep_headers).or_else(|| of_all.and_then(keep_headers));
        Self {
            name: format!("{}/{}", service.full_name(), method.name()),
            service: of_service.name.clone().unwrap_or_else(|| service.full_name().to_owned()),
            handler: options.name.unwrap_or_else(|| method.name().to_owned()),
            kind,
            is_run: kind == ServiceKind::Workflow && options::is_run(method, options.kind),
            is_read: options::has_no_side_effects(method),
            is_private: private == Some(true),
            streams: method.is_client_streaming() || method.is_server_streaming(),
            encoding: encoding.unwrap_or(match of_service.origin {
                // Code that the Go SDK generates reads and writes JSON.
                Some(Origin::GoSdk) => DefaultEncoding::Json,
                _ => default,
            }),
            keep_headers: keep_headers.unwrap_or_default(),
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
    pub(crate) fn admit(&self) -> Result<(), RpcStatus> {
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
    pub(crate) fn sees(&self, header: &str) -> bool {
        !SECRET.contains(&header) || self.keep_headers.iter().any(|kept| kept == header)
    }

    /// The encoding of the request that the handler gets, from a client with this one.
    pub(crate) fn sent(&self, asked: Encoding) -> Encoding {
        match self.encoding {
            DefaultEncoding::AsRequest => asked,
            DefaultEncoding::Json => Encoding::Json,
            DefaultEncoding::Proto => Encoding::Proto,
        }
    }

    /// Whether the handler has no request, which is no body at all.
    pub(crate) fn has_no_input(&self) -> bool {
        // Other SDKs, which are sent JSON, have an empty object for the empty message.
        self.input.full_name() == EMPTY && self.encoding != DefaultEncoding::Json
    }

    pub(crate) fn target(&self, key: Option<String>) -> Target {
        let (service, handler) = (self.service.clone(), self.handler.clone());
        match key {
            Some(key) => Target::object(service, key, handler),
            None => Target::service(service, handler),
        }
    }
}

fn private(options: &DynamicMessage) -> Option<bool> {
    flag(options, "private")
}

fn encoding(options: &DynamicMessage) -> Option<DefaultEncoding> {
    match enum_value(options, "encoding").as_deref() {
        Some("BINARY") => Some(DefaultEncoding::Proto),
        Some("JSON") => Some(DefaultEncoding::Json),
        _ => None,
    }
}

/// In lower case.
fn keep_headers(options: &DynamicMessage) -> Option<Vec<String>> {
    let mut names = texts(options, "keep_headers");
    names.iter_mut().for_each(|name| name.make_ascii_lowercase());
    Some(names).filter(|names| !names.is_empty())
}

/// Headers that hold secrets.
const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

const EMPTY: &str = "google.protobuf.Empty";
