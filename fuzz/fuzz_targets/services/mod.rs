//! Services whose requests are made up.

#[path = "../../../restate-embedded/tests/support/echo.rs"]
mod echo;

use std::sync::Arc;

use restate_core::{
    HandlerResult, ObjectContext, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};

pub(crate) use echo::Echo;

/// All of them.
pub(crate) fn all() -> Vec<Arc<dyn Service>> {
    vec![Arc::new(Echo), Arc::new(Keep)]
}

/// Keeps what it is called with.
pub(crate) struct Keep;

impl Service for Keep {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "Keep",
            &[HandlerDescriptor::exclusive::<String, String>("set")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        request.handle(|ctx: ObjectContext<'a>, text: String| async move {
            ctx.set("text", &text);
            HandlerResult::Ok(text)
        })
    }
}
