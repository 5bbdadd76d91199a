//! What comes back from a call.

use std::{error::Error, fmt};

use bytes::Bytes;

use crate::{
    error::TerminalError,
    payload::{Encoding, Format, Payload, PayloadError},
};

/// An encoded response, as channels carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The encoded value.
    pub body: Bytes,
    /// What the other side says about the encoding; journals say nothing.
    pub content_type: Option<String>,
}

impl Response {
    /// Adds what the other side says about the encoding.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The value that was sent.
    ///
    /// # Errors
    ///
    /// When the body stands for no value of type `T`.
    pub fn decode<T: Payload>(self) -> Result<T, UnreadableResponse> {
        let Self { body, content_type } = self;
        let encoding = encoding(T::FORMAT, content_type.as_deref(), &body);
        T::decode(body, encoding).map_err(|source| UnreadableResponse { content_type, source })
    }
}

impl From<Bytes> for Response {
    fn from(body: Bytes) -> Self {
        Self { body, content_type: None }
    }
}

/// Servers name the content type of the contract, whatever the handler answered with. So what
/// the bytes themselves say comes first: a message is JSON if it starts with `{`, and JSON is
/// never empty.
fn encoding(format: Format, content_type: Option<&str>, body: &[u8]) -> Encoding {
    let content_type = match (format, body.first()) {
        (Format::Message, None | Some(b'{')) => None,
        _ => content_type,
    };
    format
        .encoding(content_type, body)
        .or_else(|| format.encoding(None, body))
        .unwrap_or(format.preferred())
}

/// A response that stands for no value of the type that the contract names.
#[derive(Debug)]
pub struct UnreadableResponse {
    content_type: Option<String>,
    source: PayloadError,
}

impl fmt::Display for UnreadableResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot read the response")?;
        if let Some(content_type) = &self.content_type {
            write!(f, " with content-type `{content_type}`")?;
        }
        write!(f, ": {}", self.source)
    }
}

impl Error for UnreadableResponse {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl From<UnreadableResponse> for TerminalError {
    fn from(error: UnreadableResponse) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_what_its_bytes_or_else_its_content_type_say() {
        let of = |content_type, body| encoding(Format::Message, content_type, body);
        let (json, proto) = (Some("application/json"), Some("application/proto"));
        assert_eq!(of(json, b"\"1s\""), Encoding::Json);
        assert_eq!(of(proto, b"\x0a\x01P"), Encoding::Proto);
        assert_eq!(of(proto, b"{}"), Encoding::Json);
        assert_eq!(of(json, b""), Encoding::Proto);
        assert_eq!(of(None, b"\x0a\x01P"), Encoding::Proto);
    }

    #[test]
    fn an_error_names_the_content_type_and_the_value_that_was_expected() {
        let page = Response::from(Bytes::from_static(b"<html>")).with_content_type("text/html");
        let message = page.decode::<u64>().unwrap_err().to_string();
        let start = "cannot read the response with content-type `text/html`: not a valid u64: ";
        assert!(message.starts_with(start), "{message}");
    }
}
