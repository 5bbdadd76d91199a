//! The ingress: calls and sends of clients outside, and what they ask about invocations.

mod accept;
mod answer;
mod failure;
mod invoke;
mod lookup;
mod route;
mod service;

pub(crate) use service::Ingress;
#[cfg(feature = "grpc")]
pub(super) use {
    answer::guess,
    failure::{control_refusal, refusal_of},
    invoke::{check_key, check_limit_key},
    route::scope,
};
