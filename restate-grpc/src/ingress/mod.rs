//! Calls through the ingress of an engine, of the services in a descriptor set.

mod calls;
mod contracts;
mod deadline;
mod failure;
mod health;
mod method;
mod operate;
mod transcode;

pub use self::{
    calls::{IngressCalls, IngressRpc},
    contracts::{Contracts, ContractsError},
    method::DefaultEncoding,
};
