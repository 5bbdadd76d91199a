use std::time::Duration;

use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::Endpoint;
use restate_tests::{client, endpoint::RunningEndpoint, server::RestateServer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::deployment::Deployment;

/// Announces that it waits, and waits for two seconds.
struct Sleeper(UnboundedSender<()>);

impl Sleeper {
    fn new() -> (Self, UnboundedReceiver<()>) {
        let (begun, events) = unbounded_channel();
        (Self(begun), events)
    }

    async fn sleep(&self, ctx: Context<'_>, (): ()) -> HandlerResult<u32> {
        let sleep = ctx.sleep(Duration::from_secs(2));
        self.0.send(())?;
        sleep.await?;
        Ok(1)
    }
}

impl Service for Sleeper {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[HandlerDescriptor::plain::<(), u32>("Sleep")];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Sleeper", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Sleep" => incoming.handle(|ctx, ()| self.sleep(ctx, ())),
            _ => incoming.unknown_handler(handler),
        }
    }
}

#[tokio::test]
async fn an_invocation_survives_the_stop_of_its_endpoint() {
    let (sleeper, mut begun) = Sleeper::new();
    let server = RestateServer::start().await;
    let ingress = server.ingress();
    let deployment = Deployment::start(server, Endpoint::builder().bind(sleeper)).await;
    let address = deployment.endpoint.address();
    let called = tokio::spawn(async move {
        let path = "/test.Sleeper/Sleep";
        client::send(ingress, http::Method::POST, path, &[], bytes::Bytes::new()).await
    });
    begun.recv().await.unwrap();

    // It returns long before the shutdown timeout: the invocation has suspended.
    let server = tokio::time::timeout(Duration::from_secs(10), deployment.stop()).await.unwrap();
    let (sleeper, _begun) = Sleeper::new();
    let _endpoint = RunningEndpoint::start(Endpoint::builder().bind(sleeper), address).await;
    let answer = called.await.unwrap().unwrap();
    assert_eq!(answer.text(), "1", "{}", server.log());
}
