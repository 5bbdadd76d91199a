//! gzip, both ways.

use std::io::{Read as _, Write as _};

use bytes::Bytes;
use flate2::{Compression as Level, read::MultiGzDecoder, write::GzEncoder};
use http::{HeaderMap, HeaderName, header::HeaderValue};
use restate_core::RpcCode;

use crate::{limits::too_large, status::RpcStatus};

/// The encodings that requests may have, and responses have if the client accepts them.
pub(crate) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip, identity");

/// What shorter responses would save is less than it costs.
const WORTHWHILE: usize = 1024;

/// How messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Identity,
    Gzip,
}

impl Compression {
    /// The compression that a client names; none if it does not.
    ///
    /// # Errors
    ///
    /// Code `UNIMPLEMENTED` for an unknown one.
    pub(crate) fn named(name: Option<&str>) -> Result<Self, RpcStatus> {
        match name {
            None | Some("" | "identity") => Ok(Self::Identity),
            Some("gzip") => Ok(Self::Gzip),
            Some(other) => Err(RpcStatus::new(
                RpcCode::Unimplemented,
                format!("compression `{other}` is not supported; use `gzip` or `identity`"),
            )),
        }
    }

    /// What a client accepts that sends this header.
    pub(crate) fn accepted(headers: &HeaderMap, name: HeaderName) -> Self {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        let mut names = values.flat_map(|value| value.split(','));
        let is_gzip = |name: &str| {
            let mut parts = name.split(';').map(str::trim);
            parts.next() == Some("gzip") && parts.next() != Some("q=0")
        };
        if names.any(is_gzip) { Self::Gzip } else { Self::Identity }
    }
}

/// Decompresses a message.
///
/// # Errors
///
/// Code `RESOURCE_EXHAUSTED` if it is longer than `limit`, `INVALID_ARGUMENT` if it is malformed.
pub(crate) fn decompress(
    message: Bytes,
    compression: Compression,
    limit: usize,
) -> Result<Bytes, RpcStatus> {
    if compression == Compression::Identity {
        return Ok(message);
    }
    let mut decompressed = Vec::new();
    // One byte more than allowed tells a message that is too long, however long it would become.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(&*message).take(most).read_to_end(&mut decompressed).map_err(|error| {
        let text = format!("the request is not valid gzip: {error}");
        RpcStatus::new(RpcCode::InvalidArgument, text)
    })?;
    if decompressed.len() > limit {
        return Err(too_large(limit));
    }
    Ok(decompressed.into())
}

/// Compresses a response, if the client accepts that and it becomes shorter.
pub(crate) fn compress(message: Bytes, accepted: Compression) -> (Bytes, Compression) {
    if accepted == Compression::Identity || message.len() < WORTHWHILE {
        return (message, Compression::Identity);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    let compressed = encoder.write_all(&message).and_then(|()| encoder.finish());
    match compressed {
        Ok(compressed) if compressed.len() < message.len() => {
            (compressed.into(), Compression::Gzip)
        }
        _ => (message, Compression::Identity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back() {
        let message = Bytes::from(vec![7; 100_000]);
        let (compressed, compression) = compress(message.clone(), Compression::Gzip);
        assert_eq!(compression, Compression::Gzip);
        assert!(compressed.len() < 1000);
        assert_eq!(decompress(compressed, compression, 100_000), Ok(message));
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let (bomb, _) = compress(vec![0; 10_000_000].into(), Compression::Gzip);
        let error = decompress(bomb, Compression::Gzip, 1000).unwrap_err();
        assert_eq!(error.code(), RpcCode::ResourceExhausted);
    }

    #[test]
    fn short_and_incompressible_messages_stay_as_they_are() {
        let (_, short) = compress(Bytes::from_static(&[0; 100]), Compression::Gzip);
        assert_eq!(short, Compression::Identity);
    }

    #[test]
    fn what_is_not_gzip_is_an_invalid_argument() {
        let error = decompress(Bytes::from_static(b"hello"), Compression::Gzip, 10).unwrap_err();
        assert_eq!(error.code(), RpcCode::InvalidArgument);
    }
}
