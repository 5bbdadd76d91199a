//! An rpc of a contract: what its options say, and its messages.

use prost_reflect::{
    DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};
use restate_core::Encoding;
use restate_descriptors::options::{
    self, HandlerOptions, Origin, ServiceKind, ServiceOptions, enum_value, flag, texts,
};

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
    /// The wire names.
    pub(crate) service: String,
    pub(crate) handler: String,
    pub(crate) kind: ServiceKind,
    /// Whether it is the handler of a workflow that runs once for each key.
    pub(crate) is_run: bool,
    pub(crate) is_read: bool,
    #[cfg_attr(
        not(feature = "ingress"),
        expect(dead_code, reason = "elsewhere the handler's program says it")
    )]
    pub(crate) is_private: bool,
    pub(crate) streams: bool,
    pub(crate) encoding: DefaultEncoding,
    /// Headers with secrets that the handler asks for, in lower case.
    pub(crate) keep_headers: Vec<String>,
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

    /// The same, whose handler takes this encoding.
    pub(crate) fn in_encoding(&self, encoding: DefaultEncoding) -> Self {
        Self { encoding, ..self.clone() }
    }

    /// Its name in the service.
    pub(crate) fn rpc(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
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

/// Why a streaming rpc cannot be called.
pub(crate) const STREAMS: &str =
    "streams in its contract, but a durable rpc has one request and one response";

pub(crate) const EMPTY: &str = "google.protobuf.Empty";
