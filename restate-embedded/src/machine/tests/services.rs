//! The services of the tests: one of each kind. Nothing runs them.

use restate_core::{
    Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};

pub(in crate::machine) struct Worker;

impl Service for Worker {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::service("Worker", &[HandlerDescriptor::plain::<(), ()>("run")]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

pub(in crate::machine) struct Counter;

impl Service for Counter {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "Counter",
            &[
                HandlerDescriptor::exclusive::<(), ()>("add"),
                HandlerDescriptor::shared::<(), ()>("get"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

pub(in crate::machine) struct Signup;

impl Service for Signup {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::workflow(
            "Signup",
            &[
                HandlerDescriptor::run::<(), ()>("run"),
                HandlerDescriptor::shared::<(), ()>("confirm"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}
