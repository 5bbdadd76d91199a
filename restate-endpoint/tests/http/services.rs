//! The service of the endpoint under test.

use std::{future::pending, time::Duration};

use bytes::Bytes;
use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Handlers that wait in different ways, and report when they are dropped.
#[derive(Clone)]
pub struct Waiting {
    events: UnboundedSender<&'static str>,
}

impl Waiting {
    /// The service, and the reports of its handlers.
    pub fn new() -> (Self, UnboundedReceiver<&'static str>) {
        let (events, reported) = unbounded_channel();
        (Self { events }, reported)
    }

    async fn sleep(&self, ctx: Context<'_>, input: Bytes) -> HandlerResult<Bytes> {
        let _watch = self.watch();
        ctx.sleep(Duration::from_secs(60)).await?;
        Ok(input)
    }

    /// Waits in a closure that never ends.
    async fn run(&self, ctx: Context<'_>, _: Bytes) -> HandlerResult<()> {
        let _watch = self.watch();
        Ok(ctx.run(pending::<HandlerResult<()>>).await?)
    }

    /// Reports `started` now and `gone` when the handler that holds this has ended.
    fn watch(&self) -> Watch {
        // A test that does not read the reports has dropped the other end.
        let _ = self.events.send("started");
        Watch(self.events.clone())
    }
}

struct Watch(UnboundedSender<&'static str>);

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.send("gone");
    }
}

impl Service for Waiting {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::plain::<Bytes, Bytes>("Echo"),
            HandlerDescriptor::plain::<Bytes, Bytes>("Sleep"),
            HandlerDescriptor::plain::<Bytes, ()>("Run"),
        ];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Waiting", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Echo" => incoming.handle(|_: Context<'_>, input: Bytes| async { Ok(input) }),
            "Sleep" => incoming.handle(|ctx, input| self.sleep(ctx, input)),
            "Run" => incoming.handle(|ctx, input| self.run(ctx, input)),
            _ => incoming.unknown_handler(handler),
        }
    }
}
