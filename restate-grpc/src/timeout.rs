//! How long a client waits.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use restate_core::RpcCode;

use crate::{protocol::Protocol, status::RpcStatus};

const GRPC: HeaderName = HeaderName::from_static("grpc-timeout");
const CONNECT: HeaderName = HeaderName::from_static("connect-timeout-ms");

/// The most of its own time that a client is answered before its deadline, so that the answer, which
/// names the invocation, arrives before the client stops reading.
const MAX_MARGIN: Duration = Duration::from_millis(100);

/// How long a client waits; `None` if it says nothing.
///
/// # Errors
///
/// Code `INVALID_ARGUMENT` for what is not a time.
pub(crate) fn timeout(
    protocol: Protocol,
    headers: &HeaderMap,
) -> Result<Option<Duration>, RpcStatus> {
    let is_connect =
        !matches!(protocol, Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText);
    let name = if is_connect { CONNECT } else { GRPC };
    let Some(value) = headers.get(&name) else { return Ok(None) };
    let text = value.to_str().unwrap_or("?");
    let parsed = if is_connect { connect(text) } else { grpc(text) };
    let timeout = parsed.ok_or_else(|| {
        let rule = match is_connect {
            true => "it must be up to 10 digits, in milliseconds",
            false => "it must be up to 8 digits and a unit of `H`, `M`, `S`, `m`, `u` or `n`",
        };
        RpcStatus::new(RpcCode::InvalidArgument, format!("header `{name}` is `{text}`; {rule}"))
    })?;
    Ok(Some(timeout.saturating_sub((timeout / 20).min(MAX_MARGIN))))
}

fn grpc(text: &str) -> Option<Duration> {
    let number = digits(text.get(..text.len().checked_sub(1)?)?, 8)?;
    match text.as_bytes().last()? {
        b'H' => Some(Duration::from_secs(number * 60 * 60)),
        b'M' => Some(Duration::from_secs(number * 60)),
        b'S' => Some(Duration::from_secs(number)),
        b'm' => Some(Duration::from_millis(number)),
        b'u' => Some(Duration::from_micros(number)),
        b'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

fn connect(text: &str) -> Option<Duration> {
    digits(text, 10).map(Duration::from_millis)
}

/// A number without a sign, of 1 to `most` digits.
fn digits(text: &str, most: usize) -> Option<u64> {
    let is_number = (1..=most).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_grpc() {
        for (text, expected) in [
            ("1H", Some(Duration::from_secs(3600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("99999999m", Some(Duration::from_millis(99_999_999))),
            ("5u", Some(Duration::from_micros(5))),
            ("7n", Some(Duration::from_nanos(7))),
            ("100000000m", None),
            ("1", None),
            ("m", None),
            ("", None),
            ("+1S", None),
            ("-1S", None),
            ("1.5S", None),
            ("1s", None),
            ("1é", None),
        ] {
            assert_eq!(grpc(text), expected, "{text}");
        }
    }

    #[test]
    fn connect_has_milliseconds() {
        assert_eq!(connect("1500"), Some(Duration::from_millis(1500)));
        for text in ["", "12345678901", "1s", "-1", "+1", "1.0"] {
            assert_eq!(connect(text), None, "{text}");
        }
    }

    #[test]
    fn a_client_is_answered_before_its_deadline() {
        let wait = |text: &'static str| {
            let headers = HeaderMap::from_iter([(GRPC, text.parse().unwrap())]);
            timeout(Protocol::Grpc, &headers).unwrap().unwrap()
        };
        assert_eq!(wait("200m"), Duration::from_millis(190));
        assert_eq!(wait("10S"), Duration::from_millis(9900));
    }
}
