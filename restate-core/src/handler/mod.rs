//! The operations of handlers, and the code that runs a handler on a request.

pub(crate) mod awakeable;
pub mod combine;
pub(crate) mod context;
pub(crate) mod dropped;
pub(crate) mod promise;
pub(crate) mod random;
pub(crate) mod run;
mod serve;
mod signal;
mod sleep;
pub(crate) mod state;
