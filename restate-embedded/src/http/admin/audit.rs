use hyper::{Method, Request};
use restate_core::TerminalError;
use tracing::info;

use super::reply::AdminReply;
use crate::http::{api_version::unversioned, gate::Author};

/// A request to change something, for the log.
pub(super) struct Change {
    who: String,
    what: String,
}

impl Change {
    /// What a request would change; `None` if it only reads.
    pub(super) fn of<B>(request: &Request<B>) -> Option<Self> {
        let (method, uri) = (request.method(), request.uri());
        let reads = method == Method::GET
            || method == Method::HEAD
            || (method == Method::POST && unversioned(uri.path()).trim_matches('/') == "query");
        if reads {
            return None;
        }
        let author = request.extensions().get::<Author>();
        let token = author.and_then(|author| author.token.as_deref()).unwrap_or("anyone");
        let peer = author.and_then(|author| author.peer);
        let who = peer.map_or_else(|| token.to_owned(), |peer| format!("{token} at {peer}"));
        // As it was sent: its escapes keep control characters out of the log.
        let what = uri.path_and_query().map_or_else(|| uri.path(), |what| what.as_str());
        Some(Self { who, what: format!("{method} {what}") })
    }

    pub(super) fn log(self, outcome: &Result<AdminReply, TerminalError>) {
        let Self { who, what } = self;
        match outcome {
            Ok(_) => info!(who, what, "a change through the admin interface was made"),
            Err(error) => {
                let (code, reason) = (error.code(), error.message());
                info!(who, what, code, reason, "a change through the admin interface was refused");
            }
        }
    }
}
