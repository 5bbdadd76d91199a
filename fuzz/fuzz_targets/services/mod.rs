//! Services whose requests are made up.

use std::sync::Arc;

use restate_core::{
    Context, HandlerResult, ObjectContext, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
    well_known::Value,
};

/// All of them.
pub(crate) fn all() -> Vec<Arc<dyn Service>> {
    vec![Arc::new(Echo), Arc::new(Keep)]
}

/// Returns any JSON.
pub(crate) struct Echo;

impl Service for Echo {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::service("Echo", &[HandlerDescriptor::plain::<Value, Value>("echo")]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        request.handle(|_: Context<'a>, value: Value| async { HandlerResult::Ok(value) })
    }
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
