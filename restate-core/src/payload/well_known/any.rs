//! A message of any type, as its own JSON with an `@type` beside it.

use std::collections::BTreeMap;

use prost::Name;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de,
    ser::{self, SerializeMap},
};
use serde_json::value::RawValue;

use super::{Any, Empty};
use crate::payload::{Message, PayloadError, binary::from_binary, json, nesting::nested};

const TYPE: &str = "@type";
const VALUE: &str = "value";

impl Any {
    /// Packs `message`, whose type must be [registered](Self::register) to be seen as JSON.
    pub fn pack<M: Message + prost::Name>(message: &M) -> Self {
        let type_url = format!("type.googleapis.com/{}", M::full_name());
        Self { type_url, value: prost::Message::encode_to_vec(message).into() }
    }

    /// The message inside, if it is an `M`.
    ///
    /// # Errors
    ///
    /// When the type URL names `M` but the bytes are not a valid `M`.
    pub fn unpack<M: Message + prost::Name>(&self) -> Result<Option<M>, PayloadError> {
        let is_of_type = self.type_name() == M::full_name();
        is_of_type.then(|| from_binary(&self.value)).transpose()
    }

    /// Makes messages of type `M` known by name to the JSON form of every `Any` in this process.
    ///
    /// The types of `google.protobuf` are known already.
    pub fn register<M: Message + prost::Name>() {
        json::register::<M>();
    }

    fn type_name(&self) -> &str {
        type_name(&self.type_url)
    }
}

fn type_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// The fields of an object, as text.
type RawFields = BTreeMap<String, Box<RawValue>>;

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.type_url.is_empty() {
            let of = json::find(self.type_name())
                .ok_or_else(|| ser::Error::custom(unknown_type(self.type_name())))?;
            // In JSON the message inside adds to the levels of those around it.
            let json = nested(ser::Error::custom, || {
                (of.to_json)(self.value.clone()).map_err(ser::Error::custom)
            })?;
            map.serialize_entry(TYPE, &self.type_url)?;
            if of.is_value {
                let value: &RawValue = serde_json::from_slice(&json).map_err(ser::Error::custom)?;
                map.serialize_entry(VALUE, value)?;
            } else {
                let fields: RawFields =
                    serde_json::from_slice(&json).map_err(ser::Error::custom)?;
                for (name, value) in fields {
                    map.serialize_entry(&name, &value)?;
                }
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As text, which is not read before its type is known: that would be a second reader, with
        // limits of its own.
        let mut fields = RawFields::deserialize(deserializer)?;
        if fields.is_empty() {
            return Ok(Self::default());
        }
        let type_url = fields.remove(TYPE).and_then(|json| serde_json::from_str(json.get()).ok());
        let Some(type_url): Option<String> = type_url else {
            return Err(de::Error::custom("an Any needs the type of its message as `@type`"));
        };
        let of = json::find(type_name(&type_url))
            .ok_or_else(|| de::Error::custom(unknown_type(type_name(&type_url))))?;
        let json = if of.is_value {
            let value = fields.remove(VALUE).ok_or_else(|| de::Error::missing_field(VALUE))?;
            if let Some(name) = fields.keys().next() {
                return Err(de::Error::unknown_field(name, &[TYPE, VALUE]));
            }
            Box::<str>::from(value).into_string().into_bytes()
        } else {
            if type_name(&type_url) == Empty::full_name() {
                // Go puts it under a name, as if it had a form of its own; others do not.
                fields.retain(|name, value| name != VALUE || !is_empty_object(value));
            }
            serde_json::to_vec(&fields).map_err(de::Error::custom)?
        };
        let value =
            nested(de::Error::custom, || (of.to_bytes)(json.into()).map_err(de::Error::custom))?;
        Ok(Self { type_url, value })
    }
}

fn is_empty_object(json: &RawValue) -> bool {
    serde_json::from_str(json.get()).is_ok_and(|fields: RawFields| fields.is_empty())
}

fn unknown_type(name: &str) -> String {
    format!(
        "an Any holds a `{name}`, whose fields are not known here; call `Any::register` with its \
         type"
    )
}

impl Message for Any {}
