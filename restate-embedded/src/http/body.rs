use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming as Body};
use restate_core::TerminalError;

use super::refusal::refusal;

/// The whole body of a request.
///
/// # Errors
///
/// Code 413 for a body over the limit, 400 when the client breaks off.
pub(super) async fn collect(body: Body, limit: usize) -> Result<Bytes, TerminalError> {
    let too_long =
        || refusal(413, format!("the body is longer than {limit} bytes, the limit of this engine"));
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(too_long());
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long()),
        Err(error) => Err(refusal(400, format!("the body cannot be read: {error}"))),
    }
}
