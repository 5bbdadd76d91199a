//! Encoded responses.

use std::{error::Error, fmt};

use bytes::Bytes;

use crate::{
    error::TerminalError,
    payload::{Encoding, Payload, PayloadError, unnamed::decode_likely},
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
    /// When the body is not a value of type `T`.
    pub fn decode<T: Payload>(self) -> Result<T, UnreadableResponse> {
        self.decode_as(None)
    }

    /// The value that was sent by one who was asked to answer in `asked`.
    pub(crate) fn decode_as<T: Payload>(
        self,
        asked: Option<Encoding>,
    ) -> Result<T, UnreadableResponse> {
        let Self { body, content_type } = self;
        // An engine that knows the encoding names it. Others name that of the contract, whatever the
        // handler has answered in, so what was asked for comes first.
        let named = content_type.as_deref().and_then(|it| T::FORMAT.encoding(Some(it), &body));
        let likely = T::FORMAT.sent(asked.or(named));
        decode_likely(body, likely).map_err(|source| UnreadableResponse { content_type, source })
    }
}

impl From<Bytes> for Response {
    fn from(body: Bytes) -> Self {
        Self { body, content_type: None }
    }
}

/// A response that is not a value of the type that the contract names.
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
    fn a_message_is_what_its_content_type_says_where_both_are_possible() {
        use crate::payload::well_known::StringValue;

        // A line feed and a text in quotes, or a field with 34 characters.
        let text = format!("{}\"", "x".repeat(33));
        let body = StringValue { value: text.clone() }.encode(Encoding::Proto).unwrap();
        let read = |content_type| {
            let response = Response::from(body.clone()).with_content_type(content_type);
            response.decode::<StringValue>().unwrap().value
        };
        assert_eq!(read("application/proto"), text);
        assert_eq!(read("application/json"), "x".repeat(33));
        assert_eq!(Response::from(body.clone()).decode::<StringValue>().unwrap().value, text);
    }

    #[test]
    fn binary_that_is_called_json_is_read_as_what_it_is() {
        use crate::payload::well_known::StringValue;

        for body in [&b"\x0a\x02hi"[..], b"\"hi\""] {
            let response = Response::from(Bytes::from_static(body));
            let text: StringValue =
                response.with_content_type("application/json").decode().unwrap();
            assert_eq!(text.value, "hi");
        }
    }

    #[test]
    fn who_asked_for_json_reads_json_first() {
        use crate::payload::well_known::{StringValue, Timestamp};

        let read = |body: &'static [u8]| {
            let response = Response::from(Bytes::from_static(body));
            response.decode_as::<StringValue>(Some(Encoding::Json)).unwrap().value
        };
        assert_eq!(read(b"\"hi\""), "hi");
        assert_eq!(read(b"\x0a\x02hi"), "hi");
        let time = Response::from(Bytes::from_static(b"\"1970-01-01T00:00:07Z\""));
        assert_eq!(time.decode_as::<Timestamp>(Some(Encoding::Json)).unwrap().seconds, 7);
        let empty = Response::default().decode_as::<StringValue>(Some(Encoding::Json));
        assert_eq!(empty.unwrap().value, "");
    }

    #[test]
    fn an_error_names_the_content_type_and_the_value_that_was_expected() {
        let page = Response::from(Bytes::from_static(b"<html>")).with_content_type("text/html");
        let error = page.decode::<u64>().unwrap_err();
        let (message, source) = (error.to_string(), error.source().unwrap().to_string());
        let start = "cannot read the response with content-type `text/html`: not a valid u64: ";
        assert!(message.starts_with(start) && message.ends_with(&source), "{message}");
        assert_eq!(TerminalError::from(error).message(), message);
    }
}
