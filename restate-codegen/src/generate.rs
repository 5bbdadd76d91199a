//! What a contract becomes: services, messages, their JSON, and their documentation.

mod comments;
mod docs;
pub(crate) mod json;
mod locations;
pub(crate) mod messages;
mod renames;
pub(crate) mod services;
#[cfg(test)]
mod well_known;
