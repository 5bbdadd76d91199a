//! What an engine binds: a service with its description.

use std::pin::Pin;

use bytes::Bytes;

use crate::{
    codec::{Codec, codec},
    context::HandlerContext,
    descriptor::ServiceDescriptor,
    error::{HandlerError, HandlerResult, TerminalError},
    invocation::Invocation,
    key::{Key, SINGLETON},
    payload::{Encoding, Format, Payload},
};

/// A service that engines can run; generated next to each contract, as `GreeterServer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service that can be bound",
    label = "engines bind the server of a contract, which holds an implementation",
    note = "wrap the implementation in the server that is generated beside its contract, as in \
            `.bind(GreeterServer::new(..))`"
)]
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
        codec().serve(self, &(), |(), ctx, request| handler(ctx, request))
    }

    /// Fails with code 404: the service has no handler called `handler`.
    pub fn unknown_handler(self, handler: &str) -> HandlerFuture<'a> {
        let error = TerminalError::with_code(404, format!("there is no handler `{handler}`"));
        Box::pin(async move { Err(error.into()) })
    }
}

impl<Req, Res> Codec<Req, Res> {
    /// Decodes the request, calls the method `handler` of `service` with it, and encodes its
    /// response as the request was.
    pub fn serve<'a, S, C, F, Fut>(
        self,
        incoming: Incoming<'a>,
        service: &'a S,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: 'a,
        Res: 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        let invocation = incoming.invocation;
        Box::pin(async move {
            let (request, encoding) = self.request(invocation)?;
            let response = handler(service, C::new(invocation), request).await?;
            self.respond(&response, invocation.encoding().unwrap_or(encoding))
        })
    }

    /// Like [`serve`](Self::serve), for requests that hold the key of their object.
    ///
    /// `key` names the field. A request that leaves it empty gets the key it was called under;
    /// one that holds another key is refused with code 400.
    pub fn serve_keyed<'a, S, C, K, F, Fut>(
        self,
        incoming: Incoming<'a>,
        service: &'a S,
        key: fn(&mut Req) -> &mut K,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: 'a,
        Res: 'a,
        K: Key + 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        let invocation = incoming.invocation;
        Box::pin(async move {
            let (request, encoding) = self.keyed_request(invocation, key)?;
            let response = handler(service, C::new(invocation), request).await?;
            self.respond(&response, invocation.encoding().unwrap_or(encoding))
        })
    }

    /// Like [`serve`](Self::serve), for the object of which there is one.
    ///
    /// A request under any other key than its own would find other state and another queue, and is
    /// refused with code 400.
    pub fn serve_singleton<'a, S, C, F, Fut>(
        self,
        incoming: Incoming<'a>,
        service: &'a S,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: 'a,
        Res: 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output = HandlerResult<Res>> + Send + 'a,
    {
        let key = incoming.invocation.key();
        if key == SINGLETON {
            return self.serve(incoming, service, handler);
        }
        let message = format!(
            "there is one object of this kind, under the key `{SINGLETON}`; it was called under \
             `{key}`"
        );
        Box::pin(async move { Err(TerminalError::with_code(400, message).into()) })
    }

    fn request(&self, invocation: &Invocation) -> Result<(Req, Encoding), TerminalError> {
        let body = invocation.input();
        let content_type = invocation.header("content-type");
        let encoding = self.input.encoding(content_type, &body).ok_or_else(|| {
            TerminalError::with_code(415, unsupported_content_type(self.input, content_type))
        })?;
        let request = (self.decode)(body, encoding)
            .map_err(|error| TerminalError::with_code(400, error.to_string()))?;
        Ok((request, encoding))
    }

    fn keyed_request<K: Key>(
        &self,
        invocation: &Invocation,
        key: fn(&mut Req) -> &mut K,
    ) -> Result<(Req, Encoding), TerminalError> {
        let (mut request, encoding) = self.request(invocation)?;
        key(&mut request).fill_from(invocation.key())?;
        Ok((request, encoding))
    }

    /// The response as bytes, in the encoding of the contract or else of the request.
    fn respond(&self, response: &Res, encoding: Encoding) -> HandlerResult<Bytes> {
        Ok((self.encode)(response, self.output.sent(Some(encoding)))?)
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
