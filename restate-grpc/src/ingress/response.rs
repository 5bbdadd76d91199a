//! Responses as clients have asked for them.

use bytes::Bytes;
use restate_core::{Encoding, TerminalError, call::is_json};

use crate::contracts::{
    method::Method,
    transcode::{UnknownFields, decode, encode},
};

/// A response in the encoding that the client asked for.
///
/// The content type does not tell how it is encoded: a Restate server names the one of the contract,
/// whatever the handler has answered in.
///
/// # Errors
///
/// Code 500 for what is not a response of this rpc.
pub(crate) fn response(
    method: &Method,
    body: Bytes,
    asked: Encoding,
) -> Result<Bytes, TerminalError> {
    let is_json = is_json(&body);
    match asked {
        Encoding::Json if is_json => return Ok(body),
        Encoding::Json => {}
        // Binary may happen to be JSON, too.
        _ if !is_json => return Ok(body),
        _ if method.sent(asked) != Encoding::Json
            && decode(&method.output, &body, asked, UnknownFields::Allowed).is_ok() =>
        {
            return Ok(body);
        }
        _ => {}
    }
    let present = if is_json { Encoding::Json } else { Encoding::Proto };
    let read = decode(&method.output, &body, present, UnknownFields::Allowed);
    let read = read.map_err(|error| {
        let name = method.output.full_name();
        TerminalError::new(format!("the response of the handler is not a `{name}`: {error}"))
    })?;
    encode(&read, asked)
}

/// The empty message.
pub(crate) fn empty(encoding: Encoding) -> Bytes {
    Bytes::from_static(if encoding == Encoding::Json { b"{}" } else { b"" })
}
