//! HTTP for those outside: calls, sends, attaching to results.

mod failure;
mod invoke;
mod lookup;
pub(crate) mod route;
mod service;

pub(crate) use failure::refused;
pub(crate) use invoke::collect;
pub(crate) use service::Frontend;
