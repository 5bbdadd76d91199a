//! Every name that generated code uses and that its users do not read; not for other use.

pub use bytes;
pub use prost;
pub use serde;
pub use serde_json;

pub use crate::{
    __enumeration as enumeration, __json_codec as json_codec, __message as message,
    __message_name as message_name,
    attempt::{HandlerFuture, HandlerRequest},
    call::ServiceName,
    contract::{Codec, HandlerDescriptor, Key, ServiceDescriptor, codec},
    handler::{
        context::HandlerContext,
        dropped::{Begun, Dropped},
    },
    payload::json,
};
