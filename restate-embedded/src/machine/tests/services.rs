//! The services of the tests: one of each kind. Nothing runs them.

use restate_core::{
    Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};

/// A service that has only a description.
pub(in crate::machine) struct Described(&'static ServiceDescriptor);

impl Service for Described {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.0
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

pub(in crate::machine) const WORKER: Described =
    Described(&ServiceDescriptor::service("Worker", &[HandlerDescriptor::plain::<(), ()>("run")]));

pub(in crate::machine) const COUNTER: Described = Described(&ServiceDescriptor::object(
    "Counter",
    &[HandlerDescriptor::exclusive::<(), ()>("add"), HandlerDescriptor::shared::<(), ()>("get")],
));

pub(in crate::machine) const SIGNUP: Described = Described(&ServiceDescriptor::workflow(
    "Signup",
    &[HandlerDescriptor::run::<(), ()>("run"), HandlerDescriptor::shared::<(), ()>("confirm")],
));
