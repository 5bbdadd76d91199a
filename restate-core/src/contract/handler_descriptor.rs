//! Descriptions of handlers: what an engine knows without running them.

use std::borrow::Cow;

use bytes::Bytes;

use crate::{
    contract::{
        codec::{Codec, Conversion, codec},
        described::Description,
        key::SINGLETON,
        remote::{RemoteContract, RemoteRpc},
        settings::Settings,
    },
    error::TerminalError,
    payload::{Format, Payload},
};

/// Name, kind and formats of a handler.
#[derive(Clone, Copy, Debug)]
pub struct HandlerDescriptor {
    name: &'static str,
    kind: HandlerKind,
    /// Documentation of the handler in the contract; may be empty.
    pub documentation: &'static str,
    /// Names and values that engines show with the handler.
    pub metadata: &'static [(&'static str, &'static str)],
    /// Settings of the handler in the contract.
    pub settings: Settings,
    side_effects: bool,
    input: Format,
    output: Format,
    input_schema: Schema,
    output_schema: Schema,
    pub(super) request_as: Conversion,
    pub(super) response_as: Conversion,
    pub(super) check_request: fn(Option<&str>, Bytes) -> Result<(), TerminalError>,
    key: RequestKey,
    rpc: &'static str,
    /// What is known of a handler whose types are in another program.
    pub(super) description: Option<&'static Description>,
    /// The messages of such a handler, if there is a contract for it.
    pub(super) remote: Option<&'static dyn RemoteContract>,
}

/// Where callers that know only the request find the key.
#[derive(Clone, Copy, Debug)]
enum RequestKey {
    /// Not in the request.
    Unknown,
    /// In this field of it.
    Field(&'static str, fn(Option<&str>, Bytes) -> Result<String, TerminalError>),
    /// Every request has this one.
    Fixed(&'static str),
    /// In this field of it, which a contract of another program tells.
    RemoteField(&'static str),
}

/// A JSON Schema, as written or as a type has it.
#[derive(Clone, Copy, Debug)]
enum Schema {
    Written(&'static str),
    OfType(fn() -> Option<String>),
}

impl Schema {
    fn document(self) -> Option<Cow<'static, str>> {
        match self {
            Self::Written("") => None,
            Self::Written(text) => Some(Cow::Borrowed(text)),
            Self::OfType(schema) => schema().map(Cow::Owned),
        }
    }
}

impl HandlerDescriptor {
    /// A handler of a plain service.
    pub const fn plain<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        codec::<Req, Res>().plain(name)
    }

    /// A handler of an object that runs alone on its key.
    pub const fn exclusive<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        codec::<Req, Res>().exclusive(name)
    }

    /// The handler of a workflow that runs once for each key.
    pub const fn run<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        codec::<Req, Res>().run(name)
    }

    /// A handler of an object or workflow that runs beside the others and only reads state.
    pub const fn shared<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        codec::<Req, Res>().shared(name)
    }

    const fn new<Req, Res>(name: &'static str, kind: HandlerKind, codec: &Codec<Req, Res>) -> Self {
        Self {
            name,
            kind,
            documentation: "",
            metadata: &[],
            settings: Settings::new(),
            side_effects: true,
            input: codec.input,
            output: codec.output,
            input_schema: Schema::OfType(codec.input_schema),
            output_schema: Schema::OfType(codec.output_schema),
            request_as: codec.request_as,
            response_as: codec.response_as,
            check_request: codec.check_request,
            key: RequestKey::Unknown,
            rpc: name,
            description: None,
            remote: None,
        }
    }

    /// A handler of another program, which has described it. For engines.
    #[doc(hidden)]
    pub fn described(
        name: &'static str,
        kind: HandlerKind,
        description: &'static Description,
    ) -> Self {
        let Description { input_schema, output_schema, .. } = *description;
        Self {
            input: description.input(),
            output: description.output(),
            description: Some(description),
            ..Self::new(name, kind, &codec::<Bytes, Bytes>()).schemas(input_schema, output_schema)
        }
    }

    /// The handler of another program with what a contract tells of it. For engines.
    #[doc(hidden)]
    #[must_use]
    pub fn with_contract(self, rpc: &RemoteRpc) -> Self {
        let key = match (self.key, rpc.key) {
            (RequestKey::Unknown, Some(field)) => RequestKey::RemoteField(field),
            (key, _) => key,
        };
        let keep_headers = self.settings.keep_headers.or(rpc.keep_headers);
        Self {
            rpc: rpc.name,
            input: rpc.input,
            output: rpc.output,
            input_schema: Schema::Written(rpc.input_schema),
            output_schema: Schema::Written(rpc.output_schema),
            side_effects: !rpc.is_read,
            key,
            settings: Settings { keep_headers, ..self.settings },
            remote: Some(rpc.messages),
            ..self
        }
    }

    /// Says that requests hold the key in the field `name`, which `key` reads. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn key_field(
        mut self,
        name: &'static str,
        key: fn(Option<&str>, Bytes) -> Result<String, TerminalError>,
    ) -> Self {
        self.key = RequestKey::Field(name, key);
        self
    }

    /// Says that there is one object, whose key callers do not know. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn singleton(mut self) -> Self {
        self.key = RequestKey::Fixed(SINGLETON);
        self
    }

    /// Sets the name of the rpc in the contract, where it is not the wire name. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn rpc(mut self, name: &'static str) -> Self {
        self.rpc = name;
        self
    }

    /// Sets the documentation.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Puts JSON Schemas of requests and responses in place of those that the types have; each is a
    /// document of its own, or empty for none.
    #[must_use]
    pub const fn schemas(mut self, input: &'static str, output: &'static str) -> Self {
        self.input_schema = Schema::Written(input);
        self.output_schema = Schema::Written(output);
        self
    }

    /// Sets the settings.
    #[must_use]
    pub const fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Says that the handler changes nothing: the contract has `idempotency_level = NO_SIDE_EFFECTS`, or
    /// the trait `#[no_side_effects]`. HTTP clients may then call it with GET.
    #[must_use]
    pub const fn without_side_effects(mut self) -> Self {
        self.side_effects = false;
        self
    }

    /// Sets the metadata.
    #[must_use]
    pub const fn metadata(mut self, metadata: &'static [(&'static str, &'static str)]) -> Self {
        self.metadata = metadata;
        self
    }

    /// Wire name, such as `Greet`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How it shares its key with other handlers.
    pub fn kind(&self) -> HandlerKind {
        self.kind
    }

    /// Name of the rpc in the contract, such as `Greet`; in general the wire name.
    pub fn rpc_name(&self) -> &'static str {
        self.rpc
    }

    /// The name of the field that holds the key in requests, if the contract marks one.
    pub fn key_name(&self) -> Option<&'static str> {
        match self.key {
            RequestKey::Field(name, _) | RequestKey::RemoteField(name) => Some(name),
            RequestKey::Unknown | RequestKey::Fixed(_) => None,
        }
    }

    /// The key that a request holds; `None` if the contract does not say where, or if that field is
    /// empty.
    ///
    /// # Errors
    ///
    /// As [`check_request`](Self::check_request).
    pub fn key_of(
        &self,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<Option<String>, TerminalError> {
        match self.key {
            RequestKey::Unknown => Ok(None),
            RequestKey::Fixed(key) => Ok(Some(key.to_owned())),
            RequestKey::Field(_, key) => {
                key(content_type, body).map(|key| Some(key).filter(|key| !key.is_empty()))
            }
            RequestKey::RemoteField(_) => match self.remote {
                Some(remote) => {
                    let key = remote.request(content_type, body)?.key;
                    Ok(key.filter(|key| !key.is_empty()))
                }
                None => Ok(None),
            },
        }
    }

    /// Whether a call may change something; true unless the contract denies it.
    pub fn has_side_effects(&self) -> bool {
        self.side_effects
    }

    /// What requests look like.
    pub fn input(&self) -> Format {
        self.input
    }

    /// What responses look like.
    pub fn output(&self) -> Format {
        self.output
    }

    /// JSON Schema of requests, as a self-contained document; `None` if the type has none.
    pub fn input_schema(&self) -> Option<Cow<'static, str>> {
        self.input_schema.document()
    }

    /// JSON Schema of responses, as a self-contained document; `None` if the type has none.
    pub fn output_schema(&self) -> Option<Cow<'static, str>> {
        self.output_schema.document()
    }

    /// What is known of a handler whose types are in another program; `None` for one of this program.
    #[doc(hidden)]
    pub fn description(&self) -> Option<&'static Description> {
        self.description
    }

    /// The messages of a handler of another program, if there is a contract for it. For engines.
    #[doc(hidden)]
    pub fn remote(&self) -> Option<&'static dyn RemoteContract> {
        self.remote
    }
}

impl<Req, Res> Codec<Req, Res> {
    /// Describes a handler of a plain service.
    pub const fn plain(&self, name: &'static str) -> HandlerDescriptor {
        HandlerDescriptor::new(name, HandlerKind::Plain, self)
    }

    /// Describes a handler of an object that runs alone on its key.
    pub const fn exclusive(&self, name: &'static str) -> HandlerDescriptor {
        HandlerDescriptor::new(name, HandlerKind::Exclusive, self)
    }

    /// Describes the handler of a workflow that runs once for each key.
    pub const fn run(&self, name: &'static str) -> HandlerDescriptor {
        HandlerDescriptor::new(name, HandlerKind::Run, self)
    }

    /// Describes a handler of an object or workflow that runs beside the others and only reads
    /// state.
    pub const fn shared(&self, name: &'static str) -> HandlerDescriptor {
        HandlerDescriptor::new(name, HandlerKind::Shared, self)
    }
}

/// How a handler shares its key with other handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandlerKind {
    /// It has no key.
    Plain,
    /// It runs alone on its key and may write state.
    Exclusive,
    /// It runs beside the others and reads state.
    Shared,
    /// It runs once for its key and may write state.
    Run,
}
