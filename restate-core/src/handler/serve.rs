//! Runs a handler on the request of its invocation: bytes in, bytes out.

use bytes::Bytes;

use crate::{
    attempt::{
        journal::Journal,
        service::{HandlerFuture, HandlerRequest, IntoHandlerResult},
    },
    contract::{
        codec::{Codec, codec},
        key::{Key, SINGLETON},
    },
    error::{HandlerResult, TerminalError},
    handler::context::HandlerContext,
    payload::{Encoding, Format, Payload},
};

impl<'a> HandlerRequest<'a> {
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
}

impl<Req, Res> Codec<Req, Res> {
    /// Decodes the request, calls the method `handler` of `service` with it, and encodes its
    /// response as the request was.
    pub fn serve<'a, S, C, F, Fut>(
        self,
        request: HandlerRequest<'a>,
        service: &'a S,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: 'a,
        Res: 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output: IntoHandlerResult<Res>> + Send + 'a,
    {
        let journal = request.journal;
        Box::pin(async move {
            let (request, encoding) = self.request(journal)?;
            let response = handler(service, C::new(journal), request).await;
            let response = response.into_handler_result()?;
            self.respond(journal, &response, encoding)
        })
    }

    /// Like [`serve`](Self::serve), for requests that hold the key of their object.
    ///
    /// `key` names the field. A request that leaves it empty gets the key it was called under;
    /// one that holds another key is refused with code 400.
    pub fn serve_keyed<'a, S, C, K, F, Fut>(
        self,
        request: HandlerRequest<'a>,
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
        Fut: Future<Output: IntoHandlerResult<Res>> + Send + 'a,
    {
        let journal = request.journal;
        Box::pin(async move {
            let (request, encoding) = self.keyed_request(journal, key)?;
            let response = handler(service, C::new(journal), request).await;
            let response = response.into_handler_result()?;
            self.respond(journal, &response, encoding)
        })
    }

    /// Like [`serve`](Self::serve), for a singleton: an object that exists once.
    ///
    /// A request under any other key than its own would find other state and another queue, and is
    /// refused with code 400.
    pub fn serve_singleton<'a, S, C, F, Fut>(
        self,
        request: HandlerRequest<'a>,
        service: &'a S,
        handler: F,
    ) -> HandlerFuture<'a>
    where
        S: Sync,
        C: HandlerContext<'a>,
        Req: 'a,
        Res: 'a,
        F: FnOnce(&'a S, C, Req) -> Fut + Send + 'a,
        Fut: Future<Output: IntoHandlerResult<Res>> + Send + 'a,
    {
        let key = request.journal.key();
        if key == SINGLETON {
            return self.serve(request, service, handler);
        }
        let message = format!(
            "there is one object of this kind, under the key `{SINGLETON}`; it was called under \
             `{key}`"
        );
        Box::pin(async move { Err(TerminalError::with_code(400, message).into()) })
    }

    fn request(&self, journal: &Journal) -> Result<(Req, Encoding), TerminalError> {
        self.read_request(journal.header("content-type"), journal.input())
    }

    fn keyed_request<K: Key>(
        &self,
        journal: &Journal,
        key: fn(&mut Req) -> &mut K,
    ) -> Result<(Req, Encoding), TerminalError> {
        let (mut request, encoding) = self.request(journal)?;
        key(&mut request).fill_from(journal.key())?;
        Ok((request, encoding))
    }

    /// The response as bytes, in the encoding of the contract or else of the request.
    fn respond(
        &self,
        journal: &Journal,
        response: &Res,
        request: Encoding,
    ) -> HandlerResult<Bytes> {
        let encoding = self.output.sent(Some(journal.encoding().unwrap_or(request)));
        if self.output != Format::Empty {
            journal.set_response_encoding(encoding);
        }
        Ok((self.encode)(response, encoding)?)
    }
}
