//! The HTTP interfaces of an engine: the ingress and the admin interface.

pub(crate) mod admin;
mod api_version;
pub(crate) mod body;
mod duration;
pub(crate) mod gate;
pub(crate) mod ingress;
mod page;
mod percent;
pub(crate) mod refusal;
mod reply_body;
#[cfg(feature = "grpc")]
mod rpc;
pub(crate) mod server;
pub(crate) mod tls;
