//! Messages of types that are known only at run time.

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{
    DeserializeOptions, DynamicMessage, FieldDescriptor, MessageDescriptor, Value,
};
use restate_core::{Encoding, TerminalError};
use restate_descriptors::is_implicit;
use serde_json::Deserializer;

use super::method::Method;

/// A request as the handler gets it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<&'static str>,
    /// The key that the request holds; empty if the field is.
    pub(crate) key: Option<String>,
}

/// Checks a request, and converts it for the handler.
///
/// # Errors
///
/// Code 400 for what is not a request of this rpc.
pub(crate) fn request(
    method: &Method,
    message: Bytes,
    asked: Encoding,
) -> Result<Sent, TerminalError> {
    let sent = method.sent(asked);
    let unknown = if sent == asked { UnknownFields::Allowed } else { UnknownFields::Refused };
    let read = decode(&method.input, &message, asked, unknown).map_err(|error| {
        let name = method.input.full_name();
        TerminalError::bad_request(format!("the request is not a `{name}`: {error}"))
    })?;
    let key = method.key.as_ref().map(|field| key(&read, field));
    if method.has_no_input() {
        return Ok(Sent { body: Bytes::new(), content_type: None, key });
    }
    let body = if sent == asked { message } else { encode(&read, sent)? };
    Ok(Sent { body, content_type: Some(sent.content_type()), key })
}

/// What becomes of fields that the contract does not have.
#[derive(Clone, Copy)]
pub(crate) enum UnknownFields {
    /// They reach the handler, whose contract may be newer.
    Allowed,
    /// They would be lost in the conversion.
    Refused,
}

pub(crate) fn decode(
    ty: &MessageDescriptor,
    message: &[u8],
    encoding: Encoding,
    unknown: UnknownFields,
) -> Result<DynamicMessage, String> {
    if encoding != Encoding::Json {
        return DynamicMessage::decode(ty.clone(), message).map_err(|error| error.to_string());
    }
    let refuse = matches!(unknown, UnknownFields::Refused);
    let options = DeserializeOptions::new().deny_unknown_fields(refuse);
    let mut json = Deserializer::from_slice(message);
    let read = DynamicMessage::deserialize_with_options(ty.clone(), &mut json, &options);
    let read = read.map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(read)
}

pub(crate) fn encode(message: &DynamicMessage, encoding: Encoding) -> Result<Bytes, TerminalError> {
    if encoding != Encoding::Json {
        return Ok(message.encode_to_vec().into());
    }
    let json = serde_json::to_vec(message);
    json.map(Bytes::from).map_err(|error| {
        TerminalError::bad_request(format!("a message cannot be written as JSON: {error}"))
    })
}

fn key(request: &DynamicMessage, field: &FieldDescriptor) -> String {
    // A file of editions is lowered to one of proto2, where all fields have presence.
    let has_presence = field.supports_presence() && !is_implicit(field.field_descriptor_proto());
    if has_presence && !request.has_field(field) {
        return String::new();
    }
    match &*request.get_field(field) {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        _ => String::new(),
    }
}
