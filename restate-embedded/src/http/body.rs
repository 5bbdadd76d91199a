use std::pin::{Pin, pin};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use restate_core::{
    TerminalError,
    server::{Admission, DRAIN_LIMIT, drain},
};

use super::refusal::refusal;

/// The body of a request, which is read to its end over HTTP/1.1.
pub(crate) type RequestBody = restate_core::server::RequestBody<Incoming>;

/// What the bodies of requests may take up.
#[derive(Clone, Debug)]
pub(crate) struct BodyLimits {
    /// The longest body, in bytes.
    pub(crate) length: usize,
    pub(crate) admission: Admission,
}

/// The whole body of a request.
///
/// # Errors
///
/// Code 413 for a body over the limit, 408 for one that takes too long, 503 when others take up the
/// memory, 400 when the client breaks off.
pub(super) async fn collect(
    body: RequestBody,
    limits: &BodyLimits,
) -> Result<Bytes, TerminalError> {
    let body = pin!(body);
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let timeout = limits.admission.body_timeout();
    tokio::time::timeout(timeout, receive(body, limits)).await.unwrap_or_else(|_| {
        Err(refusal(408, format!("the body has not arrived within {timeout:?}; send it faster")))
    })
}

async fn receive(
    mut body: Pin<&mut RequestBody>,
    limits: &BodyLimits,
) -> Result<Bytes, TerminalError> {
    let limit = limits.length;
    let too_long =
        || refusal(413, format!("the body is longer than {limit} bytes, the limit of this engine"));
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        if announced <= limit.saturating_add(DRAIN_LIMIT) {
            drain(body).await;
        }
        return Err(too_long());
    }
    let mut admitted = limits.admission.body();
    // Grows with what arrives: a client can announce more than it sends.
    let mut collected = BytesMut::with_capacity(announced.min(64 * 1024));
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| refusal(400, format!("the body cannot be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > limit - collected.len() {
            drain(body).await;
            return Err(too_long());
        }
        if !admitted.admit(data.len()) {
            return Err(refusal(
                503,
                "too many large bodies are being received; try again later, or raise \
                 `HttpLimits::request_memory`",
            ));
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}
