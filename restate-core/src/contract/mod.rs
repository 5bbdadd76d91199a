//! What a contract says of a service, for engines and those who describe services by hand.

pub(crate) mod codec;
pub(crate) mod descriptor;
pub(crate) mod key;
pub(crate) mod retry_policy;
pub(crate) mod service_options;
pub(crate) mod settings;

pub use codec::{Codec, codec};
pub use descriptor::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind};
pub use key::Key;
pub use service_options::NoSuchHandler;
