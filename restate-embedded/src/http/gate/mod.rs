//! Decides whether a request may come in at all, before anything carries it out.

mod hosts;
mod origins;
mod tokens;

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response,
    header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
};

use self::origins::Sender;
pub(crate) use self::{hosts::Hosts, origins::Origins, tokens::Keyring};
use super::refusal::{ErrorSource, refused};
use crate::model::tokens::Access;

/// What a server demands of every request.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) hosts: Hosts,
    pub(crate) origins: Origins,
    /// `None` if everybody may do everything.
    pub(crate) tokens: Option<Keyring>,
    /// Who refuses.
    pub(crate) source: ErrorSource,
}

/// A request that may come in.
#[derive(Debug)]
pub(crate) struct Admitted {
    sender: Sender,
}

/// Who has sent a request; an extension of requests that were admitted.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    /// The name of the token, if tokens are needed.
    pub(crate) token: Option<Arc<str>>,
    pub(crate) peer: Option<SocketAddr>,
}

impl Gate {
    /// Admits a request from `peer`, or answers it: with a refusal, or as a preflight.
    pub(crate) fn admit<B>(
        &self,
        request: &mut Request<B>,
        peer: Option<SocketAddr>,
    ) -> Result<Admitted, Box<Response<Full<Bytes>>>> {
        let refuse = |error| Box::new(refused(&error, self.source));
        let host = self.hosts.check(request).map_err(refuse)?;
        let sender = self.origins.check(request, host).map_err(refuse)?;
        if let Some(response) = self.origins.preflight(request, &sender) {
            return Err(Box::new(response));
        }
        let token = self.tokens.as_ref().zip(self.needed(request));
        let token = token.map(|(tokens, needed)| tokens.check(request.headers(), needed));
        let token = token.transpose().map_err(|error| {
            let mut response = refuse(error);
            let headers = response.headers_mut();
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            self.origins.allow(&sender, headers);
            response
        })?;
        if self.tokens.is_some() {
            // It was meant for the engine: handlers must not see it, and journals not keep it.
            request.headers_mut().remove(AUTHORIZATION);
        }
        request.extensions_mut().insert(Author { token, peer });
        Ok(Admitted { sender })
    }

    /// Adds what browsers need to pass a response on to a page.
    pub(crate) fn finish(
        &self,
        admitted: &Admitted,
        mut response: Response<Full<Bytes>>,
    ) -> Response<Full<Bytes>> {
        self.origins.allow(&admitted.sender, response.headers_mut());
        response
    }

    /// What a request needs a token for; `None` for the checks of those who only start and stop
    /// processes.
    fn needed<B>(&self, request: &Request<B>) -> Option<Access> {
        let path = request.uri().path();
        match (request.method(), path.trim_matches('/')) {
            (&Method::GET, "health" | "ready" | "restate/health") => None,
            (&Method::GET | &Method::HEAD, _) => Some(Access::Read),
            (&Method::POST, "query") if self.source == ErrorSource::Admin => Some(Access::Read),
            _ => Some(Access::Change),
        }
    }
}
