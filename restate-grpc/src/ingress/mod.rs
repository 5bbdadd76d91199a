//! Calls through the ingress of an engine, of the services in a descriptor set.

mod calls;
mod deadline;
mod failure;
mod health;
mod method;
mod operate;
pub(crate) mod response;

pub use self::calls::{IngressCalls, IngressRpc};
pub use crate::contracts::{Contracts, ContractsError, DefaultEncoding};
