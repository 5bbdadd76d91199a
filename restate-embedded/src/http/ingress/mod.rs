//! The ingress: calls and sends of clients outside, and what they ask about invocations.

mod accept;
mod answer;
mod failure;
mod invoke;
mod lookup;
mod route;
mod service;

pub(crate) use self::service::Ingress;
#[cfg(feature = "grpc")]
pub(super) use self::{answer::guess, failure::control_refusal};
pub(super) use self::{
    failure::refusal_of,
    invoke::{accept as accept_request, check_key, check_limit_key},
    route::{public, scope},
};
