//! The durable engine in one process.

mod catalog;
mod id;
pub mod store;
mod target;

pub use id::{InvalidId, InvocationId};
pub use target::{Object, Target};
