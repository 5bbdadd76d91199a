//! Calls through the ingress of an engine, of the services in a descriptor set.

mod calls;
mod deadline;
mod failure;
mod health;
mod operate;

pub use self::calls::{IngressCalls, IngressRpc};
pub use crate::contracts::{Contracts, ContractsError, DefaultEncoding};
