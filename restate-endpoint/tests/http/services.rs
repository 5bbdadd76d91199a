//! The service of the endpoint under test.

use std::{
    future::pending,
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use bytes::Bytes;
use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A handler that blocks its thread until the test lets it go on, or echoes `echo`.
pub struct Blocking {
    blocked: UnboundedSender<()>,
    released: Mutex<Receiver<()>>,
}

impl Blocking {
    /// The service, a report for each thread that it blocks, and what releases the threads when it is
    /// dropped.
    pub fn new() -> (Self, UnboundedReceiver<()>, Sender<()>) {
        let (blocked, reported) = unbounded_channel();
        let (release, released) = channel();
        (Self { blocked, released: Mutex::new(released) }, reported, release)
    }
}

impl Service for Blocking {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[HandlerDescriptor::plain::<Bytes, Bytes>("Block")];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Waiting", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(move |_: Context<'_>, input: Bytes| async move {
            if input != "echo" {
                self.blocked.send(()).unwrap();
                self.released.lock().unwrap().recv().unwrap_err();
            }
            Ok(input)
        })
    }
}

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
