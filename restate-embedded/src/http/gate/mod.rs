//! Decides whether a request may come in at all, before anything carries it out.

mod tokens;

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Method, Request, Response, header::AUTHORIZATION};
use restate_core::{
    TerminalError,
    server::{ForeignPage, Hosts, Origins, PageOrigin, UnknownHost},
};

pub(crate) use self::tokens::Keyring;
use super::{
    api_version::unversioned,
    page::is_of_page,
    refusal::{ErrorSource, refusal},
};
use crate::model::tokens::Access;

/// What a server demands of every request.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) hosts: Hosts,
    pub(crate) origins: Origins,
    /// `None` if everybody may do everything.
    pub(crate) tokens: Option<Keyring>,
    /// Whose interface it is.
    pub(crate) source: ErrorSource,
}

/// A request that may come in.
#[derive(Debug)]
pub(crate) struct Admitted {
    sender: PageOrigin,
}

/// A request that may not come in.
#[derive(Debug)]
pub(crate) enum Turned {
    /// A browser has asked whether it may come in; this is the answer.
    Preflight(Box<Response<Full<Bytes>>>),
    /// From a page or to a host that is not known here.
    Unknown(TerminalError),
    /// Without a token that permits it. Its sender may read why.
    Unauthorized(TerminalError, Admitted),
}

/// Who has sent a request; an extension of requests that were admitted.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    /// The name of the token, if tokens are needed.
    pub(crate) token: Option<Arc<str>>,
    pub(crate) peer: Option<SocketAddr>,
}

impl Gate {
    /// Admits a request from `peer`, or turns it away.
    pub(crate) fn admit<B>(
        &self,
        request: &mut Request<B>,
        peer: Option<SocketAddr>,
    ) -> Result<Admitted, Turned> {
        let host = self.hosts.check(request).map_err(|host| Turned::Unknown(unknown(&host)))?;
        let sender = self.origins.check(request, host);
        let sender = sender.map_err(|page| Turned::Unknown(not_allowed(&page)))?;
        if let Some(response) = self.origins.preflight(request, &sender) {
            return Err(Turned::Preflight(Box::new(response.map(|()| Full::default()))));
        }
        let admitted = Admitted { sender };
        let token = self.tokens.as_ref().zip(self.needed(request));
        let token = token.map(|(tokens, needed)| tokens.check(request.headers(), needed));
        let token = match token.transpose() {
            Ok(token) => token,
            Err(error) => return Err(Turned::Unauthorized(error, admitted)),
        };
        if self.tokens.is_some() {
            // It was meant for the engine: handlers must not see it, and journals not keep it.
            request.headers_mut().remove(AUTHORIZATION);
        }
        request.extensions_mut().insert(Author { token, peer });
        Ok(admitted)
    }

    /// Adds the headers that browsers need to pass a response on to a page.
    pub(crate) fn finish(&self, admitted: &Admitted, headers: &mut HeaderMap) {
        self.origins.allow(&admitted.sender, headers);
    }

    /// What a request needs a token for; `None` for the checks of those who only start and stop
    /// processes, and for the files of the page.
    fn needed<B>(&self, request: &Request<B>) -> Option<Access> {
        let is_admin = self.source == ErrorSource::Admin;
        let path = request.uri().path();
        if is_admin && is_of_page(request.method(), path) {
            return None;
        }
        // On the ingress, `/v2/health` is the handler `health` of a service `v2`.
        let path = if is_admin { unversioned(path) } else { path };
        match (request.method(), path.trim_matches('/')) {
            (&Method::GET, "health" | "ready" | "restate/health") => None,
            (&Method::GET | &Method::HEAD, _) => Some(Access::Read),
            (&Method::POST, "query") if is_admin => Some(Access::Read),
            _ => Some(Access::Change),
        }
    }
}

fn unknown(host: &UnknownHost) -> TerminalError {
    refusal(403, format!("{host}, or add the name with `EngineBuilder::hosts`"))
}

fn not_allowed(page: &ForeignPage) -> TerminalError {
    let way_out =
        "allow it with `EngineBuilder::cors`, which opens the ingress to pages of an origin";
    refusal(403, format!("{page}; {way_out}"))
}

/// Headers of responses that pages may read, besides `content-type`.
#[cfg(not(feature = "grpc"))]
pub(crate) const EXPOSED: &str = "x-restate-id, x-restate-error-source, retry-after";
/// Headers of responses that pages may read, besides `content-type`: also those of gRPC-Web.
#[cfg(feature = "grpc")]
pub(crate) const EXPOSED: &str = restate_grpc::EXPOSED_HEADERS;
