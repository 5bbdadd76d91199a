//! What an engine binds: a service with its description.

use std::pin::Pin;

use bytes::Bytes;

use crate::{
    context::HandlerContext,
    descriptor::ServiceDescriptor,
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

/// What a handler returns: a future of its response. An `async fn` that returns
/// [`HandlerResult<T>`](HandlerResult) does.
pub trait Handling<T>: Future<Output = HandlerResult<T>> + Send {}

impl<T, F: Future<Output = HandlerResult<T>> + Send> Handling<T> for F {}

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
            Ok(response.encode(self.response_encoding::<Res>(encoding))?)
        })
    }

    /// Like [`handle`](Self::handle), for a `handler` that is a method of `service`.
    pub fn serve<S, C, Req, Res, F, Fut>(self, service: &'a S, handler: F) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: Payload + 'a,
        Res: Payload + 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        self.handle(move |ctx, request| handler(service, ctx, request))
    }

    /// Like [`serve`](Self::serve), for requests that hold the key of their object.
    ///
    /// `key` names the field. A request that leaves it empty gets the key it was called under;
    /// one that holds another key is refused with code 400.
    pub fn serve_keyed<S, C, Req, Res, K, F, Fut>(
        self,
        service: &'a S,
        key: fn(&mut Req) -> &mut K,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: Payload + 'a,
        Res: Payload + 'a,
        K: Key + 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        Box::pin(async move {
            let (mut request, encoding) = self.decode::<Req>()?;
            key(&mut request).fill_from(self.invocation.key())?;
            let response = handler(service, C::new(self.invocation), request).await?;
            Ok(response.encode(self.response_encoding::<Res>(encoding))?)
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

    /// What the contract says, or else the encoding of the request.
    fn response_encoding<Res: Payload>(self, request: Encoding) -> Encoding {
        Res::FORMAT.sent(self.invocation.encoding().or(Some(request)))
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
