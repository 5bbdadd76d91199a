//! Headers of a request: what they ask of the engine, and what the handler sees.

use std::fmt::Display;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use http::{
    HeaderMap, HeaderName,
    header::{
        ACCEPT, ACCEPT_ENCODING, AsHeaderName, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH,
        CONTENT_TYPE, EXPECT, HOST, TE, TRANSFER_ENCODING, UPGRADE,
    },
};
use restate_core::RpcCode;

use crate::status::RpcStatus;

/// Headers of the connection and of the protocol, which mean nothing to a handler.
const PROTOCOL: [HeaderName; 18] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    IDEMPOTENCY_KEY,
    HeaderName::from_static("grpc-encoding"),
    HeaderName::from_static("grpc-accept-encoding"),
    HeaderName::from_static("connect-protocol-version"),
    HeaderName::from_static("connect-content-encoding"),
    HeaderName::from_static("connect-accept-encoding"),
    HeaderName::from_static("x-grpc-web"),
];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Start of the names of headers that mean something to the engine. Handlers do not see them.
const RESERVED: &str = "x-restate-";

/// What the metadata of a call asks of the engine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CallOptions {
    pub(crate) key: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) limit_key: Option<String>,
    pub(crate) send: bool,
    pub(crate) delay: Option<String>,
}

impl CallOptions {
    /// Reads the metadata.
    ///
    /// # Errors
    ///
    /// Code `INVALID_ARGUMENT` for values that cannot be meant.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, RpcStatus> {
        let idempotency_key = text(headers, &IDEMPOTENCY_KEY)?;
        // Most calls ask for nothing else, and each name that is looked up costs as much as all of this.
        if !headers.keys().any(|name| name.as_str().starts_with(RESERVED)) {
            return Ok(Self { idempotency_key, ..Self::default() });
        }
        let send = match text(headers, "x-restate-send")?.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                return Err(invalid(format!(
                    "metadata `x-restate-send` is `{other}`; it must be `true` or `false`"
                )));
            }
        };
        let delay = text(headers, "x-restate-delay")?;
        if delay.is_some() && !send {
            return Err(invalid(
                "metadata `x-restate-delay` needs `x-restate-send: true`, as nobody waits for a call \
                 that is delayed",
            ));
        }
        Ok(Self {
            key: match text(headers, "x-restate-key")? {
                Some(key) => Some(key),
                None => binary(headers, "x-restate-key-bin")?,
            },
            idempotency_key,
            scope: text(headers, "x-restate-scope")?,
            limit_key: text(headers, "x-restate-limit-key")?,
            send,
            delay,
        })
    }
}

/// The headers that a handler sees.
///
/// # Errors
///
/// Code `INVALID_ARGUMENT` for a value that is not UTF-8.
pub(crate) fn for_handler(headers: &HeaderMap) -> Result<Vec<(String, String)>, RpcStatus> {
    let is_for_handler =
        |name: &HeaderName| !PROTOCOL.contains(name) && !name.as_str().starts_with(RESERVED);
    let headers = headers.iter().filter(|(name, _)| is_for_handler(name));
    let headers = headers.map(|(name, value)| match str::from_utf8(value.as_bytes()) {
        Ok(value) => Ok((name.as_str().to_owned(), value.to_owned())),
        Err(_) => Err(invalid(format!("metadata `{name}` is not UTF-8"))),
    });
    headers.collect()
}

fn text<N>(headers: &HeaderMap, name: N) -> Result<Option<String>, RpcStatus>
where
    N: AsHeaderName + Display + Copy,
{
    let Some(value) = headers.get(name) else { return Ok(None) };
    match value.to_str() {
        Ok(value) => Ok(Some(value.to_owned())),
        Err(_) => {
            Err(invalid(format!("metadata `{name}` has characters other than visible ASCII")))
        }
    }
}

/// A text that need not be ASCII, which gRPC sends in base64 under a name that ends in `-bin`.
fn binary(headers: &HeaderMap, name: &str) -> Result<Option<String>, RpcStatus> {
    let Some(encoded) = text(headers, name)? else { return Ok(None) };
    let bytes = STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(value) => Ok(Some(value)),
        None => Err(invalid(format!("metadata `{name}` is not UTF-8 in base64"))),
    }
}

fn invalid(message: impl Into<String>) -> RpcStatus {
    RpcStatus::new(RpcCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(entries: &[(&'static str, &str)]) -> HeaderMap {
        let entry = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn metadata_asks_for_what_calls_can_do() {
        let sent = headers(&[
            ("x-restate-send", "true"),
            ("x-restate-delay", "2s"),
            ("idempotency-key", "k"),
            ("x-restate-key-bin", "w6Q"),
        ]);
        let options = CallOptions::read(&sent).unwrap();
        assert!(options.send);
        assert_eq!(options.delay.as_deref(), Some("2s"));
        assert_eq!(options.idempotency_key.as_deref(), Some("k"));
        assert_eq!(options.key.as_deref(), Some("ä"));
    }

    #[test]
    fn a_delay_needs_a_send() {
        for wrong in [&[("x-restate-delay", "2s")][..], &[("x-restate-send", "yes")]] {
            let error = CallOptions::read(&headers(wrong)).unwrap_err();
            assert_eq!(error.code(), RpcCode::InvalidArgument);
        }
    }

    #[test]
    fn handlers_see_what_is_meant_for_them() {
        let sent = headers(&[
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("x-restate-send", "true"),
            ("grpc-timeout", "1S"),
            ("x-tenant", "acme"),
        ]);
        let mut seen = for_handler(&sent).unwrap();
        seen.sort();
        let expected = [("grpc-timeout", "1S"), ("x-tenant", "acme")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(seen, expected);
    }
}
