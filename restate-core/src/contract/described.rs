//! Handlers of other programs, as these describe them.

use crate::{
    error::TerminalError,
    payload::{Format, media_type},
};

const JSON: &str = "application/json";
const ANYTHING: &str = "*/*";

/// What another program says of a handler of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Whether a request without a body is refused.
    pub input_required: bool,
    /// The content type of requests, or `*/*`; `None` if there is nothing to send.
    pub input_content_type: Option<&'static str>,
    /// JSON Schema of requests; may be empty.
    pub input_schema: &'static str,
    /// The content type of responses; `None` if there is nothing to return.
    pub output_content_type: Option<&'static str>,
    /// Whether an empty response has that content type, too.
    pub output_content_type_if_empty: bool,
    /// JSON Schema of responses; may be empty.
    pub output_schema: &'static str,
}

impl Description {
    /// What requests look like, as far as an engine has to know.
    pub fn input(&self) -> Format {
        format(self.input_content_type)
    }

    /// What responses look like, as far as an engine has to know.
    pub fn output(&self) -> Format {
        format(self.output_content_type)
    }

    /// The content type of a response with this body.
    pub fn content_type_of(&self, body: &[u8]) -> Option<&'static str> {
        let has_one = !body.is_empty() || self.output_content_type_if_empty;
        self.output_content_type.filter(|_| has_one)
    }

    /// As a Restate server does, but for one thing: a body whose content type nobody asks for needs none.
    pub(crate) fn check_request(
        &self,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), TerminalError> {
        let refuse = |code, message: String| Err(TerminalError::with_code(code, message));
        let Some(expected) = self.input_content_type else {
            return match body.is_empty() {
                true => Ok(()),
                false => refuse(400, Format::Empty.unsupported(content_type)),
            };
        };
        if body.is_empty() {
            return match self.input_required {
                true => {
                    refuse(400, format!("the body is empty; this handler expects `{expected}`"))
                }
                false => Ok(()),
            };
        }
        let sent = content_type.map(media_type).filter(|sent| !sent.is_empty());
        match sent {
            None => Ok(()),
            Some(sent) if accepts(expected, &sent) => Ok(()),
            Some(sent) => {
                refuse(415, format!("content-type `{sent}` is not accepted; send `{expected}`"))
            }
        }
    }
}

fn format(content_type: Option<&str>) -> Format {
    match content_type.map(media_type).as_deref() {
        None => Format::Empty,
        Some(JSON) => Format::Json,
        Some(_) => Format::Bytes,
    }
}

/// Whether a media range such as `text/*` has this media type.
fn accepts(range: &str, sent: &str) -> bool {
    let range = media_type(range);
    match range.strip_suffix('*') {
        _ if range == ANYTHING => true,
        Some(group) => sent.starts_with(group),
        None => range == sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(description: Description, content_type: Option<&str>, body: &str) -> u16 {
        let checked = description.check_request(content_type, body.as_bytes());
        checked.map_or_else(|error| error.code(), |()| 200)
    }

    #[test]
    fn requests_are_checked_as_the_handler_was_described() {
        let json = Description {
            input_required: true,
            input_content_type: Some(JSON),
            ..Description::default()
        };
        assert_eq!(check(json, Some("Application/JSON; charset=utf-8"), "1"), 200);
        assert_eq!(check(json, None, "1"), 200);
        assert_eq!(check(json, Some("text/plain"), "1"), 415);
        assert_eq!(check(json, None, ""), 400);
        let optional = Description { input_required: false, ..json };
        assert_eq!(check(optional, None, ""), 200);
        let anything = Description { input_content_type: Some(ANYTHING), ..optional };
        assert_eq!(check(anything, Some("image/png"), "1"), 200);
        let text = Description { input_content_type: Some("text/*"), ..optional };
        assert_eq!(check(text, Some("text/plain"), "1"), 200);
        assert_eq!(check(text, Some(JSON), "1"), 415);
        let nothing = Description::default();
        assert_eq!(check(nothing, None, ""), 200);
        assert_eq!(check(nothing, None, "1"), 400);
    }

    #[test]
    fn responses_have_the_content_type_that_was_described() {
        let described = Description { output_content_type: Some(JSON), ..Description::default() };
        assert_eq!(described.content_type_of(b"1"), Some(JSON));
        assert_eq!(described.content_type_of(b""), None);
        let always = Description { output_content_type_if_empty: true, ..described };
        assert_eq!(always.content_type_of(b""), Some(JSON));
    }
}
