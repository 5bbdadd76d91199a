use hyper::{
    HeaderMap, Method,
    header::{ACCEPT, CONTENT_TYPE},
};

const PROTOBUF: [&str; 3] = ["application/proto", "application/protobuf", "application/x-protobuf"];

/// Whether a message in the response must be converted to JSON.
///
/// Handlers respond in the encoding of their request, unless the contract has one; and an idempotency
/// key may name the call of a client that has sent another encoding. A GET has no body, and is what people and
/// browsers send, so its response is JSON unless `accept` prefers protobuf. The response to a POST is
/// converted only if its request is JSON, or `accept` names JSON and does not prefer protobuf.
pub(super) fn wants_json(method: &Method, headers: &HeaderMap) -> bool {
    let sends_json =
        headers.get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    let (mut json, mut protobuf) = (0.0, 0.0);
    let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in texts.flat_map(|text| text.split(',')) {
        let (media_type, quality) = media_range(range);
        if media_type == "application/json" {
            json = quality;
        } else if PROTOBUF.contains(&&*media_type) {
            protobuf = f32::max(protobuf, quality);
        }
    }
    if protobuf > json {
        return false;
    }
    json > 0.0 || sends_json || method == Method::GET
}

/// The media type of a range in `accept`, and its quality from 0 to 1.
fn media_range(range: &str) -> (String, f32) {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
    (media_type, quality)
}
