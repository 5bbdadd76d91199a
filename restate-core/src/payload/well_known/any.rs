//! A message of any type, as its own JSON with an `@type` beside it.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Name;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de,
    ser::{self, SerializeMap},
};
use serde_json::{Value as Json, json};

use super::{Any, Empty};
use crate::payload::{Encoding, Message, Payload, json};

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
    pub fn unpack<M: Message + prost::Name>(&self) -> Result<Option<M>, prost::DecodeError> {
        let is_of_type = self.type_name() == M::full_name();
        is_of_type.then(|| <M as prost::Message>::decode(self.value.clone())).transpose()
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

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.type_url.is_empty() {
            let of = json::find(self.type_name())
                .ok_or_else(|| ser::Error::custom(unknown_type(self.type_name())))?;
            let json = (of.to_json)(self.value.clone()).map_err(ser::Error::custom)?;
            map.serialize_entry(TYPE, &self.type_url)?;
            match json {
                Json::Object(fields) if !of.is_value => {
                    for (name, value) in fields {
                        map.serialize_entry(&name, &value)?;
                    }
                }
                value => map.serialize_entry(VALUE, &value)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = BTreeMap::<String, Json>::deserialize(deserializer)?;
        if fields.is_empty() {
            return Ok(Self::default());
        }
        let Some(Json::String(type_url)) = fields.remove(TYPE) else {
            return Err(de::Error::custom("an Any needs the type of its message as `@type`"));
        };
        let of = json::find(type_name(&type_url))
            .ok_or_else(|| de::Error::custom(unknown_type(type_name(&type_url))))?;
        let json = if of.is_value {
            let value = fields.remove(VALUE).ok_or_else(|| de::Error::missing_field(VALUE))?;
            if let Some(name) = fields.keys().next() {
                return Err(de::Error::unknown_field(name, &[TYPE, VALUE]));
            }
            value
        } else {
            if type_name(&type_url) == Empty::full_name() {
                // Go puts it under a name, as if it had a form of its own; others do not.
                fields.retain(|name, value| name != VALUE || *value != json!({}));
            }
            Json::Object(fields.into_iter().collect())
        };
        let value = (of.to_bytes)(json).map_err(de::Error::custom)?;
        Ok(Self { type_url, value })
    }
}

fn unknown_type(name: &str) -> String {
    format!(
        "an Any holds a `{name}`, whose fields are not known here; call `Any::register` with its \
         type"
    )
}

impl Message for Any {}

/// Converts the bytes of a message to its JSON.
pub(crate) fn to_json<M: Message>(bytes: Bytes) -> Result<Json, String> {
    let message =
        <M as Payload>::decode(bytes, Encoding::Proto).map_err(|error| error.to_string())?;
    serde_json::to_value(message).map_err(|error| error.to_string())
}

/// Converts the JSON of a message to its bytes.
pub(crate) fn to_bytes<M: Message>(json: Json) -> Result<Bytes, String> {
    let message: M = serde_json::from_value(json).map_err(|error| error.to_string())?;
    Ok(prost::Message::encode_to_vec(&message).into())
}
