//! The bodies of responses.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;

/// The body of a response; with the feature `grpc` it may have trailers.
#[cfg(feature = "grpc")]
pub(super) type ReplyBody = restate_grpc::Body;
/// The body of a response.
#[cfg(not(feature = "grpc"))]
pub(super) type ReplyBody = Full<Bytes>;

/// A response without trailers.
pub(super) fn whole(response: Response<Full<Bytes>>) -> Response<ReplyBody> {
    #[cfg(feature = "grpc")]
    return response.map(ReplyBody::from);
    #[cfg(not(feature = "grpc"))]
    response
}

/// Holds on to what counts a request that is in flight, as long as its response is a stream.
pub(super) fn while_streaming(
    response: Response<ReplyBody>,
    in_flight: impl Send + 'static,
) -> Response<ReplyBody> {
    #[cfg(feature = "grpc")]
    return response.map(|body| body.while_streaming(in_flight));
    #[cfg(not(feature = "grpc"))]
    {
        drop(in_flight);
        response
    }
}
