//! Typed details of failures: JSON in the metadata of a failure, and messages on the way to a client.

use std::sync::{Mutex, PoisonError};

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use restate_core::TerminalError;
use restate_descriptors::lower_set;

use crate::{
    calls::{Calls, PublicService},
    own::FILES,
    status::RpcStatus,
};

/// The messages that details can be, read with the first detail, and again when the services change.
#[derive(Debug, Default)]
pub(crate) struct Details {
    read: Mutex<Option<(Vec<PublicService>, DescriptorPool)>>,
}

impl Details {
    /// A failure as clients see it.
    pub(crate) fn status<C: Calls>(&self, calls: &C, error: &TerminalError) -> RpcStatus {
        // Most failures have none.
        let mut pool = None;
        RpcStatus::of(error, |name, json| {
            // Names of messages have a package, and other metadata rarely has dots.
            name.contains('.').then_some(())?;
            encoded(pool.get_or_insert_with(|| self.pool(calls.services())), name, json)
        })
    }

    fn pool(&self, services: Vec<PublicService>) -> DescriptorPool {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((before, pool)) if *before == services => pool.clone(),
            _ => {
                let pool = pool_of(&services);
                *read = Some((services, pool.clone()));
                pool
            }
        }
    }
}

/// All messages of these services. Contracts that cannot be read are left out, such as those of an edition
/// that is not known; their details stay JSON.
fn pool_of(services: &[PublicService]) -> DescriptorPool {
    let mut pool = DescriptorPool::new();
    for set in [FILES].into_iter().chain(services.iter().map(|service| &*service.files)) {
        // A pool that has failed to take a file may have a part of it.
        let mut larger = pool.clone();
        let Ok(lowered) = lower_set(set) else { continue };
        if larger.decode_file_descriptor_set(&lowered[..]).is_ok() {
            pool = larger;
        }
    }
    pool
}

/// The message of this name as bytes; `None` if there is no such message, or the JSON is not one.
fn encoded(pool: &DescriptorPool, name: &str, json: &str) -> Option<Vec<u8>> {
    let message = pool.get_message_by_name(name)?;
    let mut json = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(message, &mut json).ok()?;
    json.end().ok()?;
    Some(message.encode_to_vec())
}

#[cfg(test)]
mod tests {
    use prost_reflect::prost_types::{
        DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
        field_descriptor_proto::{Label, Type},
    };
    use restate_descriptors::{Fields, SET_FILES};

    use super::*;

    #[test]
    fn details_of_contracts_of_editions_are_messages() {
        const EDITION: u32 = 14;
        let text = FieldDescriptorProto {
            name: Some("text".to_owned()),
            number: Some(1),
            label: Some(Label::Optional.into()),
            r#type: Some(Type::String.into()),
            ..FieldDescriptorProto::default()
        };
        let full = DescriptorProto {
            name: Some("Full".to_owned()),
            field: vec![text],
            ..DescriptorProto::default()
        };
        let file = FileDescriptorProto {
            name: Some("t.proto".to_owned()),
            package: Some("t".to_owned()),
            message_type: vec![full],
            syntax: Some("editions".to_owned()),
            ..FileDescriptorProto::default()
        };
        let mut file = Fields::decode(&file.encode_to_vec()).unwrap();
        file.set_varint(EDITION, 1000);
        let mut set = Fields::default();
        set.push_bytes(SET_FILES, file.encode());
        let service = PublicService {
            name: "t.Shop".to_owned(),
            rpcs: Vec::new(),
            files: set.encode().into(),
        };
        let pool = pool_of(&[service]);
        assert_eq!(encoded(&pool, "t.Full", r#"{"text":"hi"}"#).unwrap(), b"\x0a\x02hi");
    }

    #[test]
    fn details_are_messages_where_the_name_and_the_json_are_of_one() {
        let pool = pool_of(&[]);
        let encoded = |name, json| encoded(&pool, name, json);
        assert_eq!(encoded("google.protobuf.StringValue", r#""hi""#).unwrap(), b"\x0a\x02hi");
        for (name, json) in [
            ("google.protobuf.StringValue", "7"),
            ("google.protobuf.StringValue", r#""hi" "#.repeat(2).as_str()),
            ("shop.v1.Nothing", "{}"),
        ] {
            assert_eq!(encoded(name, json), None, "{name} {json}");
        }
    }
}
