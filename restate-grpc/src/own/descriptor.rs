//! Descriptors as reflection reads them: names only. They are served as the bytes that they were, because
//! a message of prost has no place for the options of a contract.

use bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// `FileDescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct File {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) package: String,
    #[prost(message, repeated, tag = "4")]
    pub(super) messages: Vec<Message>,
    #[prost(message, repeated, tag = "5")]
    pub(super) enums: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    pub(super) services: Vec<Service>,
    #[prost(message, repeated, tag = "7")]
    pub(super) extensions: Vec<Extension>,
}

/// Field numbers of `FileDescriptorProto` and `ServiceDescriptorProto`.
pub(super) const FILE_SERVICES: u32 = 6;
pub(super) const SERVICE_METHODS: u32 = 2;

/// `DescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Message {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) fields: Vec<Named>,
    #[prost(message, repeated, tag = "3")]
    pub(super) messages: Vec<Message>,
    #[prost(message, repeated, tag = "4")]
    pub(super) enums: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    pub(super) extensions: Vec<Extension>,
    #[prost(message, repeated, tag = "8")]
    pub(super) oneofs: Vec<Named>,
}

/// `EnumDescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Enum {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) values: Vec<Named>,
}

/// `ServiceDescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Service {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) methods: Vec<Named>,
}

/// `FieldDescriptorProto` of an extension
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Extension {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    /// Begins with a dot.
    #[prost(string, tag = "2")]
    pub(super) extendee: String,
    #[prost(int32, tag = "3")]
    pub(super) number: i32,
}

/// Any other descriptor with a name
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Named {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// A field of an encoded message.
pub(super) struct Field<'b> {
    pub(super) number: u32,
    /// With its key.
    pub(super) whole: &'b [u8],
    /// Without it, if it is a message, a string or bytes.
    pub(super) value: &'b [u8],
}

/// The fields of an encoded message, up to the first that is malformed.
pub(super) fn fields(message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let start = rest;
        let (number, wire_type) = decode_key(&mut rest).ok()?;
        let mut value: &[u8] = &[];
        if wire_type == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
            value = rest.get(..length)?;
            rest.advance(length);
        } else {
            skip_field(wire_type, number, &mut rest, DecodeContext::default()).ok()?;
        }
        Some(Field { number, whole: &start[..start.len() - rest.len()], value })
    })
}

/// A field with this value.
pub(super) fn put(number: u32, value: &[u8], to: &mut Vec<u8>) {
    prost::encoding::encode_key(number, WireType::LengthDelimited, to);
    prost::encoding::encode_varint(value.len() as u64, to);
    to.extend_from_slice(value);
}
