use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use restate_core::server::{Admitted, InFlight};

use crate::http::ResponseBody;

/// A response body whose request is in flight until it is dropped: an attempt runs while it is read.
pub(super) struct InFlightBody {
    body: ResponseBody,
    _held: (Option<Admitted>, InFlight),
}

impl InFlightBody {
    pub(super) fn new(body: ResponseBody, held: (Option<Admitted>, InFlight)) -> Self {
        Self { body, _held: held }
    }
}

impl Body for InFlightBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
