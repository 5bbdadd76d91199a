//! A service that fuzz targets call, too.

use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
    well_known::Value,
};

/// Echoes any JSON, as a message.
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
