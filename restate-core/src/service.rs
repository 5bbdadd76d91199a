//! What an engine binds: a service with its description.

use std::pin::Pin;

use bytes::Bytes;

use crate::{
    context::HandlerContext,
    error::{HandlerError, HandlerResult, TerminalError},
    invocation::Invocation,
    key::Key,
    payload::{Encoding, Format, Payload},
};

/// A service that engines can run; generated next to each contract, as `GreeterServer`.
pub trait Service: Send + Sync + 'static {
    /// Names, kinds and formats of the service and its handlers.
    fn descriptor(&self) -> &'static ServiceDescriptor;

    /// Starts the handler with wire name `handler`.
    fn handle<'a>(&'a self, handler: &str, incoming: Incoming<'a>) -> HandlerFuture<'a>;
}

/// A handler at work; resolves to its encoded response.
pub type HandlerFuture<'a> = Pin<Box<dyn Future<Output = Result<Bytes, HandlerError>> + Send + 'a>>;

/// The request that a handler is about to be started with.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    invocation: &'a Invocation,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(invocation: &'a Invocation) -> Self {
        Self { invocation }
    }

    /// Decodes the request, runs `handler` on it and encodes its response as the request was.
    pub fn handle<C, Req, Res, F, Fut>(self, handler: F) -> HandlerFuture<'a>
    where
        C: HandlerContext<'a>,
        Req: Payload + 'a,
        Res: Payload + 'a,
        F: FnOnce(C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        Box::pin(async move {
            let (request, encoding) = self.decode::<Req>()?;
            let response = handler(C::new(self.invocation), request).await?;
            Ok(response.encode(response_encoding::<Res>(encoding))?)
        })
    }

    /// Like [`handle`](Self::handle), for requests that hold the key of their object.
    ///
    /// `key` names the field. A request that leaves it empty gets the key it was called under;
    /// one that holds another key is refused with code 400.
    pub fn handle_keyed<C, Req, Res, K, F, Fut>(
        self,
        key: fn(&mut Req) -> &mut K,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        C: HandlerContext<'a>,
        Req: Payload + 'a,
        Res: Payload + 'a,
        K: Key + 'a,
        F: FnOnce(C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        Box::pin(async move {
            let (mut request, encoding) = self.decode::<Req>()?;
            key(&mut request).fill_from(self.invocation.key())?;
            let response = handler(C::new(self.invocation), request).await?;
            Ok(response.encode(response_encoding::<Res>(encoding))?)
        })
    }

    /// Fails with code 404: the service has no handler called `handler`.
    pub fn unknown_handler(self, handler: &str) -> HandlerFuture<'a> {
        let error = TerminalError::with_code(404, format!("there is no handler `{handler}`"));
        Box::pin(async move { Err(error.into()) })
    }

    fn decode<Req: Payload>(self) -> Result<(Req, Encoding), TerminalError> {
        let body = self.invocation.input();
        let content_type = self.invocation.header("content-type");
        let encoding = Req::FORMAT.encoding(content_type, &body).ok_or_else(|| {
            TerminalError::with_code(415, unsupported_content_type(Req::FORMAT, content_type))
        })?;
        let request = Req::decode(body, encoding)
            .map_err(|error| TerminalError::with_code(400, error.to_string()))?;
        Ok((request, encoding))
    }
}

fn response_encoding<Res: Payload>(request: Encoding) -> Encoding {
    match (Res::FORMAT, request) {
        (Format::Message, Encoding::Json) => Encoding::Json,
        (format, _) => format.preferred(),
    }
}

/// Why a body with this content type is refused, and which are accepted.
pub fn unsupported_content_type(format: Format, content_type: Option<&str>) -> String {
    let accepted = format.content_types().join("` or `");
    match (content_type, format) {
        (_, Format::Empty) => "this handler takes no request; send an empty body".to_owned(),
        (Some(sent), _) => format!("content-type `{sent}` is not accepted; send `{accepted}`"),
        (None, _) => format!("the request has no content-type; send `{accepted}`"),
    }
}

/// Names, kinds and formats of a service and its handlers.
#[derive(Clone, Copy, Debug)]
pub struct ServiceDescriptor {
    name: &'static str,
    kind: ServiceKind,
    documentation: &'static str,
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
        Self { name, kind, documentation: "", handlers }
    }

    /// Adds what the contract says about the service.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Wire name, as `greeter.v1.Greeter`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has keys, and what they mean.
    pub fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// What the contract says about the service; empty if nothing.
    pub fn docs(&self) -> &'static str {
        self.documentation
    }

    /// Its handlers, in the contract's order.
    pub fn handlers(&self) -> &'static [HandlerDescriptor] {
        self.handlers
    }

    /// The handler with this wire name.
    pub fn handler(&self, name: &str) -> Option<&'static HandlerDescriptor> {
        self.handlers.iter().find(|handler| handler.name == name)
    }
}

/// What a service is.
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
    documentation: &'static str,
    input: Format,
    output: Format,
}

impl HandlerDescriptor {
    /// A handler of a plain service.
    pub const fn plain<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Plain)
    }

    /// A handler of an object that runs alone on its key.
    pub const fn exclusive<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Exclusive)
    }

    /// A handler of an object or workflow that runs beside the others and only reads state.
    pub const fn shared<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Shared)
    }

    /// The handler of a workflow that runs once for each key.
    pub const fn run<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Run)
    }

    const fn new<Req: Payload, Res: Payload>(name: &'static str, kind: HandlerKind) -> Self {
        Self { name, kind, documentation: "", input: Req::FORMAT, output: Res::FORMAT }
    }

    /// Adds what the contract says about the handler.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Wire name, as `Greet`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How it shares its key with other handlers.
    pub fn kind(&self) -> HandlerKind {
        self.kind
    }

    /// What the contract says about the handler; empty if nothing.
    pub fn docs(&self) -> &'static str {
        self.documentation
    }

    /// What requests look like.
    pub fn input(&self) -> Format {
        self.input
    }

    /// What responses look like.
    pub fn output(&self) -> Format {
        self.output
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
