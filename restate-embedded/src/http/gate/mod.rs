//! Decides whether a request may come in at all, before anything reads its path.

mod hosts;
mod origins;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response};

use self::origins::Sender;
pub(crate) use self::{hosts::Hosts, origins::Origins};
use super::refusal::{ErrorSource, refused};

/// What a server demands of every request.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) hosts: Hosts,
    pub(crate) origins: Origins,
    /// Who refuses.
    pub(crate) source: ErrorSource,
}

/// A request that may come in.
#[derive(Debug)]
pub(crate) struct Admitted {
    sender: Sender,
}

impl Gate {
    /// Admits a request, or answers it: with a refusal, or as a preflight.
    pub(crate) fn admit<B>(
        &self,
        request: &Request<B>,
    ) -> Result<Admitted, Box<Response<Full<Bytes>>>> {
        let refuse = |error| Box::new(refused(&error, self.source));
        let host = self.hosts.check(request).map_err(refuse)?;
        let sender = self.origins.check(request, host).map_err(refuse)?;
        match self.origins.preflight(request, &sender) {
            Some(response) => Err(Box::new(response)),
            None => Ok(Admitted { sender }),
        }
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
}
