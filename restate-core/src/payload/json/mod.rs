//! The canonical JSON form of protobuf messages.
//!
//! Generated code says which [`JsonCodec`] each field has, by [`message!`](crate::codegen::message) and
//! [`enumeration!`](crate::codegen::enumeration); everything else is here.

mod any;
mod codec;
mod enumeration;
mod message;
mod number;
mod redacted;
mod scalar;
mod schema;
mod text;

pub use any::{Registered, find, register};
pub use codec::{
    JsonCodec, MapField, MessageField, NullField, OptionalField, RepeatedField, RequiredField,
    ValueField,
};
pub use enumeration::{EnumField, Enumeration};
pub use message::{
    Fields, Object, ReadInPlace, Reader, deserialize, deserialize_in_place, read, read_variant,
    serialize,
};
pub use number::Number;
pub(crate) use redacted::is_redacted;
pub use redacted::{REDACTED, Redacted, RedactedField};
pub use scalar::{MapKey, Scalar};
pub use schema::{Described, Properties, Schemas, object_schema, schema_document};
pub(crate) use text::{from_json, message_from_json, message_to_json, to_json};
