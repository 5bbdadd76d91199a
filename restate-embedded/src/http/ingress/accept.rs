use std::cmp::Ordering;

use hyper::{
    HeaderMap, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use restate_core::{Encoding, Format};

const PROTOBUF: [&str; 3] = ["application/proto", "application/protobuf", "application/x-protobuf"];

/// The encoding of a message in the response to a call; `None` is that of the handler's response.
///
/// Handlers respond in the encoding of their request, unless the contract has one; and an idempotency
/// key may name the call of a client that has sent another encoding. A GET has no body, and is what
/// people and browsers send.
pub(super) fn of_call(method: &Method, headers: &HeaderMap) -> Option<Encoding> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    preferred(headers).or_else(|| match method {
        &Method::GET => Some(Encoding::Json),
        _ => Format::Message.encoding(Some(sent?), b""),
    })
}

/// The encoding of a message in the response to a request for a result.
pub(super) fn of_result(headers: &HeaderMap) -> Encoding {
    preferred(headers).unwrap_or(Encoding::Json)
}

/// The encoding that `accept` prefers, if it prefers one.
///
/// Wildcards are no preference: `*/*` is what clients send that have never heard of protobuf.
fn preferred(headers: &HeaderMap) -> Option<Encoding> {
    let (mut json, mut protobuf) = (None, None);
    let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in texts.flat_map(|text| text.split(',')) {
        let (media_type, quality) = media_range(range);
        let known = match &*media_type {
            "application/json" => &mut json,
            name if PROTOBUF.contains(&name) => &mut protobuf,
            _ => continue,
        };
        *known = Some(f32::max(quality, known.unwrap_or(0.0)));
    }
    // What a client does not name is worse than what it wants, and better than what it refuses.
    let unnamed = f32::MIN_POSITIVE;
    match json.unwrap_or(unnamed).total_cmp(&protobuf.unwrap_or(unnamed)) {
        Ordering::Greater => Some(Encoding::Json),
        Ordering::Less => Some(Encoding::Proto),
        Ordering::Equal => None,
    }
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
