//! How the requests and responses of a handler become bytes.

use std::fmt;

use bytes::Bytes;

use crate::{
    contract::key::Key,
    error::TerminalError,
    payload::{
        Encoding, Format, Payload, PayloadError,
        unnamed::{decode_given, unnamed},
    },
};

/// The codec of a handler that takes a `Req` and answers with a `Res`.
///
/// The bounds are checked here only. So a type that is not a payload is
/// one error, though generated code describes a handler at one place and serves it at another.
pub const fn codec<Req: Payload, Res: Payload>() -> Codec<Req, Res> {
    Codec {
        input: Req::FORMAT,
        output: Res::FORMAT,
        input_schema: Req::schema,
        output_schema: Res::schema,
        request_as: converted::<Req>,
        response_as: converted::<Res>,
        check_request: |content_type, body| {
            codec::<Req, Res>().read_request(content_type, body).map(|_| ())
        },
        decode: Req::decode,
        encode: Res::encode,
    }
}

/// Bytes of a value in another encoding, given their present one if that is known.
pub(super) type Conversion = fn(Bytes, Option<Encoding>, Encoding) -> Result<Bytes, PayloadError>;

/// How the requests and responses of a handler become bytes.
pub struct Codec<Req, Res> {
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) input_schema: fn() -> Option<String>,
    pub(crate) output_schema: fn() -> Option<String>,
    pub(crate) request_as: Conversion,
    pub(crate) response_as: Conversion,
    pub(crate) check_request: fn(Option<&str>, Bytes) -> Result<(), TerminalError>,
    pub(crate) decode: fn(Bytes, Encoding) -> Result<Req, PayloadError>,
    pub(crate) encode: fn(&Res, Encoding) -> Result<Bytes, PayloadError>,
}

/// A message in the encoding `to`, given its present one if that is known; everything else as it is.
fn converted<T: Payload>(
    bytes: Bytes,
    from: Option<Encoding>,
    to: Encoding,
) -> Result<Bytes, PayloadError> {
    match (T::FORMAT, from) {
        (Format::Message, Some(from)) if from == to => Ok(bytes),
        (Format::Message, Some(from)) => T::decode(bytes, from)?.encode(to),
        (Format::Message, None) => decode_given::<T>(bytes)?.encode(to),
        _ => Ok(bytes),
    }
}

impl<Req, Res> Codec<Req, Res> {
    /// Reads a request, and tells its encoding.
    pub(crate) fn read_request(
        &self,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<(Req, Encoding), TerminalError> {
        let invalid = |error: PayloadError| TerminalError::with_code(400, error.to_string());
        if self.input == Format::Message && content_type.is_none_or(str::is_empty) {
            return unnamed(body, self.decode).map_err(invalid);
        }
        let encoding = self
            .input
            .encoding(content_type, &body)
            .ok_or_else(|| TerminalError::with_code(415, self.input.unsupported(content_type)))?;
        // No JSON is empty. But clients with nothing to say send nothing, and some a content type with
        // it; the empty message is meant, and the response is in the encoding that they know.
        let is_empty_message = self.input == Format::Message && body.is_empty();
        let decoded = if is_empty_message { Encoding::Proto } else { encoding };
        Ok(((self.decode)(body, decoded).map_err(invalid)?, encoding))
    }
}

impl<Req, Res> Codec<Req, Res> {
    /// The key that a request holds. For generated code.
    ///
    /// # Errors
    ///
    /// Code 415 for a content type that is not accepted, 400 for a body that is no request.
    #[doc(hidden)]
    pub fn key<K: Key>(
        &self,
        content_type: Option<&str>,
        body: Bytes,
        field: fn(&mut Req) -> &mut K,
    ) -> Result<String, TerminalError> {
        let (mut request, _) = self.read_request(content_type, body)?;
        Ok(field(&mut request).to_key())
    }
}

impl<Req, Res> Clone for Codec<Req, Res> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Req, Res> Copy for Codec<Req, Res> {}

impl<Req, Res> fmt::Debug for Codec<Req, Res> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codec")
            .field("input", &self.input)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}
