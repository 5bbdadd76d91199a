//! Generates code: services, messages, their JSON mapping, and documentation from comments.

mod comments;
mod docs;
pub(crate) mod json;
mod locations;
pub(crate) mod messages;
mod renames;
mod scheduled_request;
pub(crate) mod services;
#[cfg(test)]
mod well_known;
