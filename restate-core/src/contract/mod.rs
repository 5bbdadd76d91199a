//! Descriptions of services and their settings, for engines and for services without generated code.

pub(crate) mod codec;
pub(crate) mod described;
pub(crate) mod handler_descriptor;
pub(crate) mod handler_names;
mod handler_payloads;
pub(crate) mod key;
pub(crate) mod remote;
pub(crate) mod reserved;
pub(crate) mod retry_policy;
pub(crate) mod service_descriptor;
pub(crate) mod service_options;
pub(crate) mod settings;

pub use crate::payload::json::REDACTED;
#[doc(hidden)]
pub use crate::payload::nesting::Audience;
pub use codec::{Codec, codec};
pub use described::Description;
pub use handler_descriptor::{HandlerDescriptor, HandlerKind};
#[doc(hidden)]
pub use handler_names::{handler_called, handler_of_rpc};
pub use key::Key;
#[doc(hidden)]
pub use remote::{RemoteContract, RemoteRequest, RemoteRpc};
pub use reserved::is_reserved_name;
pub use service_descriptor::{ServiceDescriptor, ServiceKind};
pub use service_options::NoSuchHandler;
