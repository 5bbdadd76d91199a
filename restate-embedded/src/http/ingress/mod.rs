//! HTTP for those outside: calls, sends, attaching to results.

mod delay;
mod failure;
mod invoke;
mod lookup;
pub(crate) mod route;
mod service;
mod time;

pub(crate) use delay::parse as parse_duration;
pub(crate) use failure::refused;
pub(crate) use invoke::collect;
pub(crate) use service::Frontend;
pub(crate) use time::rfc_3339;
