//! The durable engine in one process.

mod catalog;
mod id;
mod machine;
mod settings;
mod store;
mod target;

pub use id::{InvalidId, InvocationId};
pub use settings::Backoff;
