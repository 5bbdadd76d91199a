//! HTTP for those outside: the ingress and the admin interface.

pub(crate) mod admin;
pub(crate) mod duration;
pub(crate) mod ingress;
pub(crate) mod server;
