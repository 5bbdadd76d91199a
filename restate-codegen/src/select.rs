//! Which services and rpcs of a contract code is generated for, under which names and keys.

use heck::{ToLowerCamelCase, ToSnakeCase};
use prost_reflect::{FieldDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor};
use restate_descriptors::options::{self, HandlerOptions, ServiceOptions};

use crate::config::{Config, HandlerNames};

/// Whether code is generated for a service.
pub(crate) fn is_wanted(service: &ServiceDescriptor, config: &Config) -> bool {
    !config.only_annotated || ServiceOptions::of(service).origin.is_some()
}

/// The rpcs of a service that code is generated for.
pub(crate) fn rpcs(service: &ServiceDescriptor, config: &Config) -> Vec<MethodDescriptor> {
    let streams = |rpc: &MethodDescriptor| rpc.is_client_streaming() || rpc.is_server_streaming();
    service.methods().filter(|rpc| !(config.skip_streaming && streams(rpc))).collect()
}

/// The name that callers use for `rpc`.
pub(crate) fn wire_name(rpc: &MethodDescriptor, config: &Config) -> String {
    HandlerOptions::of(rpc).name.unwrap_or_else(|| match config.handler_names {
        HandlerNames::Proto => rpc.name().to_owned(),
        HandlerNames::SnakeCase => rpc.name().to_snake_case(),
        HandlerNames::LowerCamelCase => rpc.name().to_lower_camel_case(),
    })
}

/// The key field of the request of `rpc`: the first one that is marked.
pub(crate) fn key_field(rpc: &MethodDescriptor) -> Option<FieldDescriptor> {
    keys(&rpc.input()).into_iter().next()
}

/// The fields of `message` that are marked as keys, in the order of the source.
pub(crate) fn keys(message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let mut keys: Vec<_> = message.fields().filter(options::is_key).collect();
    keys.sort_by(|one, other| one.path().cmp(other.path()));
    keys
}
