//! Values that travel between services and are stored in journals and state, as bytes.

mod binary;
mod buffer;
mod detail;
pub mod json;
pub(crate) mod nesting;
pub(crate) mod unnamed;
mod value_for;
pub mod well_known;

use std::{error::Error, fmt};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use self::{
    binary::{from_binary, to_binary},
    json::{
        Described, ReadInPlace, from_json, message_from_json, message_to_json, schema_document,
        to_json,
    },
};

pub use detail::Detail;
pub use value_for::ValueFor;

/// A request, a response, a value in state or the result of a `run` closure.
///
/// Implemented for the messages that `restate-codegen` generates, [`Json<T>`](Json) around any
/// serde type, [`Proto<M>`](Proto) around any other prost message, scalars, strings, bytes and `()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel between services",
    label = "neither a protobuf message nor a value with a JSON form of its own",
    note = "wrap a serde type in `restate_core::Json<..>`, a prost message in `restate_core::Proto<..>`",
    note = "messages of a `.proto` file get it from `restate-codegen`"
)]
pub trait Payload: Sized + Send {
    /// The format of the bytes of this type.
    const FORMAT: Format;

    /// The value as bytes.
    ///
    /// # Errors
    ///
    /// When the value has no such encoding: for example, a JSON map whose keys are not strings.
    fn encode(&self, encoding: Encoding) -> Result<Bytes, PayloadError>;

    /// Decodes a value.
    ///
    /// # Errors
    ///
    /// When the bytes are not a value of this type.
    fn decode(bytes: Bytes, encoding: Encoding) -> Result<Self, PayloadError>;

    /// JSON Schema of the values, as a self-contained document; `None` if the type has none.
    fn schema() -> Option<String> {
        None
    }
}

/// The format of the bytes of a [`Payload`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A protobuf message: binary, or canonical proto-JSON where the sender says so.
    Message,
    /// JSON.
    Json,
    /// Bytes as they are.
    Bytes,
    /// No bytes at all.
    Empty,
}

impl Format {
    /// The encoding of a body with this content type, or `None` if the format cannot be sent so.
    ///
    /// Without a content type a message is JSON if all of the body is one JSON value, and binary
    /// otherwise. The few binary messages that are JSON as well need a content type.
    pub fn encoding(self, content_type: Option<&str>, body: &[u8]) -> Option<Encoding> {
        let media_type = content_type.map(media_type);
        match (self, media_type.as_deref()) {
            (Self::Message, None | Some("")) => {
                Some(if unnamed::is_json(body) { Encoding::Json } else { Encoding::Proto })
            }
            (Self::Message, Some("application/json")) => Some(Encoding::Json),
            (Self::Message, Some(PROTO | "application/protobuf" | "application/x-protobuf")) => {
                Some(Encoding::Proto)
            }
            (Self::Json, None | Some("" | "application/json")) => Some(Encoding::Json),
            (Self::Bytes, _) => Some(Encoding::Raw),
            (Self::Empty, _) if body.is_empty() => Some(Encoding::Raw),
            _ => None,
        }
    }

    /// The content types that a body of this format can have, the preferred one first.
    pub fn content_types(self) -> &'static [&'static str] {
        match self {
            Self::Message => &[PROTO, "application/json"],
            Self::Json => &["application/json"],
            Self::Bytes => &["application/octet-stream"],
            Self::Empty => &[],
        }
    }

    /// The encoding that our own clients send.
    pub fn preferred(self) -> Encoding {
        match self {
            Self::Message => Encoding::Proto,
            Self::Json => Encoding::Json,
            Self::Bytes | Self::Empty => Encoding::Raw,
        }
    }
}

impl Format {
    /// Why a body with this content type is refused, and which are accepted.
    pub fn unsupported(self, content_type: Option<&str>) -> String {
        let accepted = self.content_types().join("` or `");
        match (content_type, self) {
            (_, Self::Empty) => "this handler takes no request; send an empty body".to_owned(),
            (Some(sent), _) => format!("content-type `{sent}` is not accepted; send `{accepted}`"),
            (None, _) => format!("the request has no content-type; send `{accepted}`"),
        }
    }

    /// The encoding in which a body goes out for which `encoding` was asked: only messages have
    /// a choice.
    pub(crate) fn sent(self, encoding: Option<Encoding>) -> Encoding {
        match (self, encoding) {
            (Self::Message, Some(encoding @ (Encoding::Proto | Encoding::Json))) => encoding,
            _ => self.preferred(),
        }
    }
}

const PROTO: &str = "application/proto";

pub(crate) fn media_type(content_type: &str) -> String {
    let end = content_type.find(';').unwrap_or(content_type.len());
    content_type[..end].trim().to_ascii_lowercase()
}

/// The encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Binary protobuf.
    Proto,
    /// JSON; for messages the canonical mapping of proto3.
    Json,
    /// As it is.
    Raw,
}

impl Encoding {
    /// The content type of a body in this encoding.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Proto => PROTO,
            Self::Json => "application/json",
            Self::Raw => "application/octet-stream",
        }
    }
}

/// A value that cannot be encoded, or bytes that cannot be decoded.
#[derive(Debug)]
pub struct PayloadError {
    type_name: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl PayloadError {
    /// An error about `T`, caused by `source`.
    pub fn new<T>(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { type_name: short_type_name::<T>(), source: source.into() }
    }
}

fn short_type_name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    let generics = path.find('<').unwrap_or(path.len());
    match path[..generics].rfind("::") {
        Some(at) => &path[at + 2..],
        None => path,
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid {}: {}", self.type_name, self.source)
    }
}

impl Error for PayloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// A protobuf message with its canonical JSON form, as `restate-codegen` generates them.
pub trait Message:
    prost::Message + Default + Serialize + DeserializeOwned + Described + ReadInPlace
{
}

#[diagnostic::do_not_recommend]
impl<M: Message> Payload for M {
    const FORMAT: Format = Format::Message;

    fn encode(&self, encoding: Encoding) -> Result<Bytes, PayloadError> {
        match encoding {
            Encoding::Json => message_to_json(self),
            Encoding::Proto | Encoding::Raw => to_binary(self),
        }
    }

    fn decode(bytes: Bytes, encoding: Encoding) -> Result<Self, PayloadError> {
        match encoding {
            Encoding::Json => message_from_json(&bytes),
            Encoding::Proto | Encoding::Raw => from_binary(&bytes),
        }
    }

    fn schema() -> Option<String> {
        Some(schema_document::<M>().to_string())
    }
}

/// Any serde type, as JSON.
///
/// ```
/// use restate_core::{Encoding, Json, Payload};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Order {
///     item: String,
/// }
///
/// let bytes = Json(Order { item: "tea".into() }).encode(Encoding::Json).unwrap();
/// assert_eq!(bytes, r#"{"item":"tea"}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned + Send> Payload for Json<T> {
    const FORMAT: Format = Format::Json;

    fn encode(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        to_json(&self.0)
    }

    fn decode(bytes: Bytes, _: Encoding) -> Result<Self, PayloadError> {
        from_json(&bytes).map(Self)
    }
}

/// A prost message without a JSON form, as binary protobuf only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proto<M>(pub M);

impl<M: prost::Message + Default> Payload for Proto<M> {
    const FORMAT: Format = Format::Bytes;

    fn encode(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        to_binary(&self.0)
    }

    fn decode(bytes: Bytes, _: Encoding) -> Result<Self, PayloadError> {
        from_binary(&bytes).map(Self)
    }
}

macro_rules! json_payload {
    ($($ty:ty),*) => {$(
        impl Payload for $ty {
            const FORMAT: Format = Format::Json;

            fn encode(&self, _: Encoding) -> Result<Bytes, PayloadError> {
                to_json(self)
            }

            fn decode(bytes: Bytes, _: Encoding) -> Result<Self, PayloadError> {
                from_json(&bytes)
            }
        }
    )*};
}

json_payload!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, char, String);

impl Payload for Bytes {
    const FORMAT: Format = Format::Bytes;

    fn encode(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        Ok(self.clone())
    }

    fn decode(bytes: Bytes, _: Encoding) -> Result<Self, PayloadError> {
        Ok(bytes)
    }
}

impl Payload for Vec<u8> {
    const FORMAT: Format = Format::Bytes;

    fn encode(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        Ok(Bytes::copy_from_slice(self))
    }

    fn decode(bytes: Bytes, _: Encoding) -> Result<Self, PayloadError> {
        Ok(bytes.into())
    }
}

impl Payload for () {
    const FORMAT: Format = Format::Empty;

    fn encode(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        Ok(Bytes::new())
    }

    fn decode(bytes: Bytes, _: Encoding) -> Result<Self, PayloadError> {
        if bytes.is_empty() {
            Ok(())
        } else {
            Err(PayloadError::new::<()>(format!(
                "expected no body, received {} bytes",
                bytes.len()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_json_where_its_content_type_or_its_text_says_so() {
        let message = Format::Message;
        assert_eq!(
            message.encoding(Some("application/json; charset=utf-8"), b""),
            Some(Encoding::Json)
        );
        assert_eq!(message.encoding(Some("Application/Proto"), b"{"), Some(Encoding::Proto));
        assert_eq!(message.encoding(None, b"{}"), Some(Encoding::Json));
        assert_eq!(message.encoding(None, b" \n\"x\""), Some(Encoding::Json));
        assert_eq!(message.encoding(None, b"{\x08\x01|"), Some(Encoding::Proto));
        assert_eq!(message.encoding(None, b""), Some(Encoding::Proto));
        assert_eq!(message.encoding(None, b"\x0a\x04Pete"), Some(Encoding::Proto));
        assert_eq!(message.encoding(Some("text/plain"), b"{}"), None);
    }

    #[test]
    fn json_is_sent_as_json_only() {
        assert_eq!(Format::Json.encoding(None, b"7"), Some(Encoding::Json));
        assert_eq!(Format::Json.encoding(Some("application/proto"), b"7"), None);
    }

    #[test]
    fn bytes_take_any_content_type_and_nothing_takes_none() {
        assert_eq!(Format::Bytes.encoding(Some("image/png"), b"7"), Some(Encoding::Raw));
        assert_eq!(Format::Empty.encoding(Some("application/json"), b""), Some(Encoding::Raw));
        assert_eq!(Format::Empty.encoding(None, b"7"), None);
    }

    #[test]
    fn an_error_names_the_type_without_its_path() {
        let error = u64::decode(Bytes::from_static(b"seven"), Encoding::Json).unwrap_err();
        assert!(error.to_string().starts_with("not a valid u64: "), "{error}");
        let error = Json::<Vec<u64>>::decode(Bytes::from_static(b"7"), Encoding::Json).unwrap_err();
        assert!(error.to_string().starts_with("not a valid Vec<u64>: "), "{error}");
    }
}
