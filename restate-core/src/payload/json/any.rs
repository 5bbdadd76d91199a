//! The types that an `Any` can show as JSON.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use bytes::Bytes;

use super::text::{message_from_json, message_to_json};
use crate::payload::{
    Message, PayloadError,
    binary::{from_binary, to_binary},
    well_known::{
        self, Any, BoolValue, BytesValue, DoubleValue, Duration, Empty, FieldMask, FloatValue,
        Int32Value, Int64Value, ListValue, StringValue, Struct, Timestamp, UInt32Value,
        UInt64Value,
    },
};

/// A type of message that is known by name.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// Whether its JSON stands under `value`, as it is not made of its fields.
    pub is_value: bool,
    /// Its JSON, from its bytes.
    pub to_json: fn(Bytes) -> Result<Bytes, PayloadError>,
    /// Its bytes, from its JSON.
    pub to_bytes: fn(Bytes) -> Result<Bytes, PayloadError>,
}

/// Makes a type known.
pub fn register<M: Message + prost::Name>() {
    let mut types = TYPES.write().unwrap_or_else(PoisonError::into_inner);
    types.entry(M::full_name()).or_insert_with(|| registered::<M>(false));
}

/// The type of this full name.
pub fn find(name: &str) -> Option<Registered> {
    TYPES.read().unwrap_or_else(PoisonError::into_inner).get(name).copied()
}

fn registered<M: Message>(is_value: bool) -> Registered {
    Registered {
        is_value,
        to_json: |bytes| message_to_json(&from_binary::<M>(&bytes)?),
        to_bytes: |json| to_binary(&message_from_json::<M>(&json)?),
    }
}

static TYPES: LazyLock<RwLock<HashMap<String, Registered>>> = LazyLock::new(|| {
    let mut types = HashMap::new();
    macro_rules! add {
        ($($message:ty),*) => {
            $(types.insert(<$message as prost::Name>::full_name(), registered::<$message>(true));)*
        };
    }
    add!(
        Any,
        BoolValue,
        BytesValue,
        DoubleValue,
        Duration,
        FieldMask,
        FloatValue,
        Int32Value,
        Int64Value,
        ListValue,
        StringValue,
        Struct,
        Timestamp,
        UInt32Value,
        UInt64Value,
        well_known::Value
    );
    types.insert(<Empty as prost::Name>::full_name(), registered::<Empty>(false));
    RwLock::new(types)
});
