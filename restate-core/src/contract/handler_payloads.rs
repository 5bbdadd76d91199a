//! Requests and responses of a handler, checked and converted by its description.

use bytes::Bytes;

use crate::{
    contract::{codec::Conversion, handler_descriptor::HandlerDescriptor},
    error::TerminalError,
    payload::{
        Encoding, PayloadError,
        json::is_redacted,
        nesting::{Audience, for_files, for_people},
        unnamed::is_json,
    },
};

impl HandlerDescriptor {
    /// Checks that the handler can read this request.
    ///
    /// # Errors
    ///
    /// Code 415 for a content type that it does not accept, 400 for a body that is no request.
    pub fn check_request(
        &self,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<(), TerminalError> {
        match (self.remote, self.description) {
            (Some(remote), _) => remote.request(content_type, body).map(|_| ()),
            (None, Some(description)) => description.check_request(content_type, &body),
            (None, None) => (self.check_request)(content_type, body),
        }
    }

    /// A request as JSON, for people: without the values of fields with `debug_redact`. Unchanged if it
    /// has no such form.
    ///
    /// # Errors
    ///
    /// When the bytes are not a request of this handler.
    pub fn request_json(&self, request: Bytes) -> Result<Bytes, PayloadError> {
        match self.remote {
            Some(remote) => remote.request_for(Audience::People, request, Some(Encoding::Json)),
            None if self.hides_unread(self.has_redacted_request()) => Err(unread()),
            None => for_people(|| (self.request_as)(request, None, Encoding::Json)),
        }
    }

    /// A response as JSON, for people: without the values of fields with `debug_redact`. Unchanged if it
    /// has no such form.
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of this handler.
    pub fn response_json(&self, response: Bytes) -> Result<Bytes, PayloadError> {
        match self.remote {
            Some(remote) => remote.response_for(Audience::People, response, Some(Encoding::Json)),
            None if self.hides_unread(self.has_redacted_response()) => Err(unread()),
            None => for_people(|| (self.response_as)(response, None, Encoding::Json)),
        }
    }

    /// A request for files that people keep: fields with `debug_redact` have another value of their type
    /// if that is text or bytes, and are left out otherwise. The encoding stays as it is.
    ///
    /// # Errors
    ///
    /// When the bytes are not a request of this handler.
    pub fn redacted_request(&self, request: Bytes) -> Result<Bytes, PayloadError> {
        match (self.has_redacted_request(), self.remote) {
            (true, Some(remote)) => remote.request_for(Audience::Files, request, None),
            (true, None) => self.redacted(self.request_as, request),
            (false, _) => Ok(request),
        }
    }

    /// A response for files that people keep, as [`redacted_request`](Self::redacted_request).
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of this handler.
    pub fn redacted_response(&self, response: Bytes) -> Result<Bytes, PayloadError> {
        match (self.has_redacted_response(), self.remote) {
            (true, Some(remote)) => remote.response_for(Audience::Files, response, None),
            (true, None) => self.redacted(self.response_as, response),
            (false, _) => Ok(response),
        }
    }

    fn redacted(&self, convert: Conversion, bytes: Bytes) -> Result<Bytes, PayloadError> {
        if self.hides_unread(true) {
            return Err(unread());
        }
        let encoding = if is_json(&bytes) { Encoding::Json } else { Encoding::Proto };
        let json = for_files(|| convert(bytes, None, Encoding::Json))?;
        convert(json, Some(Encoding::Json), encoding)
    }

    /// Whether values must not be shown because they are `redacted`, and only another program knows where.
    fn hides_unread(&self, redacted: bool) -> bool {
        redacted && self.description.is_some()
    }

    /// Whether requests have fields that people must not see. Those that cannot be read must not be
    /// shown to them either.
    pub fn has_redacted_request(&self) -> bool {
        self.input_schema().is_some_and(|schema| is_redacted(&schema))
    }

    /// Whether responses have fields that people must not see.
    pub fn has_redacted_response(&self) -> bool {
        self.output_schema().is_some_and(|schema| is_redacted(&schema))
    }

    /// A response in the encoding `to`, given its present one if that is known. Unchanged if it is not
    /// a message, as only messages have several encodings.
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of this handler in the present encoding.
    pub fn response_as(
        &self,
        response: Bytes,
        from: Option<Encoding>,
        to: Encoding,
    ) -> Result<Bytes, PayloadError> {
        match self.remote {
            Some(_) if from == Some(to) => Ok(response),
            Some(remote) => remote.response_for(Audience::Programs, response, Some(to)),
            None => (self.response_as)(response, from, to),
        }
    }
}

fn unread() -> PayloadError {
    PayloadError::new::<Bytes>("only the program of the handler knows its type")
}
