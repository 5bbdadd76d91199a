//! The ingress: calls and sends of clients outside, and what they ask about invocations.

mod accept;
mod answer;
mod failure;
mod invoke;
mod lookup;
mod route;
mod service;

pub(crate) use service::Ingress;
