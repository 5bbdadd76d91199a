//! Descriptions of services and handlers: what an engine knows without running them.

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
    payload::{
        Encoding, Format, Payload, PayloadError,
        json::is_redacted,
        nesting::{Audience, for_files, for_people},
        unnamed::is_json,
    },
};

/// Names, kinds and formats of a service and its handlers.
#[derive(Clone, Copy, Debug)]
pub struct ServiceDescriptor {
    name: &'static str,
    contract_name: &'static str,
    kind: ServiceKind,
    /// Documentation of the service in the contract; may be empty.
    pub documentation: &'static str,
    /// Names and values that engines show with the service.
    pub metadata: &'static [(&'static str, &'static str)],
    /// Settings of the service in the contract.
    pub settings: Settings,
    redacted: bool,
    files: &'static [u8],
    handlers: &'static [HandlerDescriptor],
}

impl ServiceDescriptor {
    /// A plain service.
    pub const fn service(name: &'static str, handlers: &'static [HandlerDescriptor]) -> Self {
        Self::new(name, ServiceKind::Service, handlers)
    }

    /// A virtual object: one exclusive handler at a time for each key.
    pub const fn object(name: &'static str, handlers: &'static [HandlerDescriptor]) -> Self {
        Self::new(name, ServiceKind::Object, handlers)
    }

    /// A workflow: one `run` for each key, and handlers that run beside it.
    pub const fn workflow(name: &'static str, handlers: &'static [HandlerDescriptor]) -> Self {
        Self::new(name, ServiceKind::Workflow, handlers)
    }

    const fn new(
        name: &'static str,
        kind: ServiceKind,
        handlers: &'static [HandlerDescriptor],
    ) -> Self {
        let settings = Settings::new();
        Self {
            name,
            contract_name: name,
            kind,
            documentation: "",
            metadata: &[],
            settings,
            redacted: false,
            files: &[],
            handlers,
        }
    }

    /// Sets the documentation.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Sets the settings.
    #[must_use]
    pub const fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the metadata.
    #[must_use]
    pub const fn metadata(mut self, metadata: &'static [(&'static str, &'static str)]) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets the handlers. For engines.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_handlers(mut self, handlers: &'static [HandlerDescriptor]) -> Self {
        self.handlers = handlers;
        self
    }

    /// Says that messages of the contract have fields with `debug_redact`, which people must not see.
    #[must_use]
    pub const fn with_redacted_fields(mut self) -> Self {
        self.redacted = true;
        self
    }

    /// Whether messages of the contract have fields that people must not see, so that values of unknown
    /// types, such as state, must not be shown to them.
    pub fn has_redacted_fields(&self) -> bool {
        self.redacted
    }

    /// Sets the files of the contract. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn files(mut self, files: &'static [u8]) -> Self {
        self.files = files;
        self
    }

    /// The files of the contract and those that they import, as an encoded
    /// `google.protobuf.FileDescriptorSet` without comments; empty for a trait. Files of
    /// `google.protobuf` and those with the options of this library are not in it.
    pub fn file_descriptor_set(&self) -> &'static [u8] {
        self.files
    }

    /// Wire name, such as `greeter.v1.Greeter`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has keys, and what they mean.
    pub fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// Its handlers, in the contract's order.
    pub fn handlers(&self) -> &'static [HandlerDescriptor] {
        self.handlers
    }

    /// The settings of the handler with this wire name, with those of its service where it sets none.
    pub fn settings_of(&self, handler: &str) -> Settings {
        match self.handler(handler) {
            Some(handler) => handler.settings.or(self.settings),
            None => self.settings,
        }
    }

    /// The handler with this wire name.
    pub fn handler(&self, name: &str) -> Option<&'static HandlerDescriptor> {
        self.handlers.iter().find(|handler| handler.name == name)
    }

    /// The handler of the rpc with this name in the contract.
    pub fn rpc(&self, name: &str) -> Option<&'static HandlerDescriptor> {
        self.handlers.iter().find(|handler| handler.rpc == name)
    }

    /// The name of the service in its contract, such as `greeter.v1.Greeter`; in general the wire name.
    pub fn contract_name(&self) -> &'static str {
        self.contract_name
    }

    /// Sets the name in the contract, where it is not the wire name. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn named_in_contract(mut self, name: &'static str) -> Self {
        self.contract_name = name;
        self
    }
}

/// Whether a service has keys, and what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceKind {
    /// Handlers without keys or state.
    Service,
    /// Handlers that share state under a key.
    Object,
    /// A handler that runs once for each key, and others that look at it and talk to it.
    Workflow,
}

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
    request_as: Conversion,
    response_as: Conversion,
    check_request: fn(Option<&str>, Bytes) -> Result<(), TerminalError>,
    key: RequestKey,
    rpc: &'static str,
    /// What is known of a handler whose types are in another program.
    description: Option<&'static Description>,
    /// The messages of such a handler, if there is a contract for it.
    remote: Option<&'static dyn RemoteContract>,
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

    /// Checks that the handler can read this request.
    ///
    /// # Errors
    ///
    /// Code 415 for a content type that it does not accept, 400 for a body that is no request.
    pub fn check_request(
        &self,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<(), TerminalError> {
        match (self.remote, self.description) {
            (Some(remote), _) => remote.request(content_type, body).map(|_| ()),
            (None, Some(description)) => description.check_request(content_type, &body),
            (None, None) => (self.check_request)(content_type, body),
        }
    }

    /// A request as JSON, for people: without the values of fields with `debug_redact`. Unchanged if it
    /// has no such form.
    ///
    /// # Errors
    ///
    /// When the bytes are not a request of this handler.
    pub fn request_json(&self, request: Bytes) -> Result<Bytes, PayloadError> {
        match self.remote {
            Some(remote) => remote.request_for(Audience::People, request, Some(Encoding::Json)),
            None if self.hides_unread(self.has_redacted_request()) => Err(unread()),
            None => for_people(|| (self.request_as)(request, None, Encoding::Json)),
        }
    }

    /// A response as JSON, for people: without the values of fields with `debug_redact`. Unchanged if it
    /// has no such form.
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of this handler.
    pub fn response_json(&self, response: Bytes) -> Result<Bytes, PayloadError> {
        match self.remote {
            Some(remote) => remote.response_for(Audience::People, response, Some(Encoding::Json)),
            None if self.hides_unread(self.has_redacted_response()) => Err(unread()),
            None => for_people(|| (self.response_as)(response, None, Encoding::Json)),
        }
    }

    /// A request for files that people keep: fields with `debug_redact` have another value of their type
    /// if that is text or bytes, and are left out otherwise. The encoding stays as it is.
    ///
    /// # Errors
    ///
    /// When the bytes are not a request of this handler.
    pub fn redacted_request(&self, request: Bytes) -> Result<Bytes, PayloadError> {
        match (self.has_redacted_request(), self.remote) {
            (true, Some(remote)) => remote.request_for(Audience::Files, request, None),
            (true, None) => self.redacted(self.request_as, request),
            (false, _) => Ok(request),
        }
    }

    /// A response for files that people keep, as [`redacted_request`](Self::redacted_request).
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of this handler.
    pub fn redacted_response(&self, response: Bytes) -> Result<Bytes, PayloadError> {
        match (self.has_redacted_response(), self.remote) {
            (true, Some(remote)) => remote.response_for(Audience::Files, response, None),
            (true, None) => self.redacted(self.response_as, response),
            (false, _) => Ok(response),
        }
    }

    fn redacted(&self, convert: Conversion, bytes: Bytes) -> Result<Bytes, PayloadError> {
        if self.hides_unread(true) {
            return Err(unread());
        }
        let encoding = if is_json(&bytes) { Encoding::Json } else { Encoding::Proto };
        let json = for_files(|| convert(bytes, None, Encoding::Json))?;
        convert(json, Some(Encoding::Json), encoding)
    }

    /// Whether values must not be shown because they are `redacted`, and only another program knows where.
    fn hides_unread(&self, redacted: bool) -> bool {
        redacted && self.description.is_some()
    }

    /// Whether requests have fields that people must not see. Those that cannot be read must not be
    /// shown to them either.
    pub fn has_redacted_request(&self) -> bool {
        self.input_schema().is_some_and(|schema| is_redacted(&schema))
    }

    /// Whether responses have fields that people must not see.
    pub fn has_redacted_response(&self) -> bool {
        self.output_schema().is_some_and(|schema| is_redacted(&schema))
    }

    /// A response in the encoding `to`, given its present one if that is known. Unchanged if it is not
    /// a message, as only messages have several encodings.
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of this handler in the present encoding.
    pub fn response_as(
        &self,
        response: Bytes,
        from: Option<Encoding>,
        to: Encoding,
    ) -> Result<Bytes, PayloadError> {
        match self.remote {
            Some(_) if from == Some(to) => Ok(response),
            Some(remote) => remote.response_for(Audience::Programs, response, Some(to)),
            None => (self.response_as)(response, from, to),
        }
    }
}

fn unread() -> PayloadError {
    PayloadError::new::<Bytes>("only the program of the handler knows its type")
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
