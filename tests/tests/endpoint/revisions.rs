use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::Endpoint;
use restate_tests::{client, endpoint::RunningEndpoint, port::free_address, server::RestateServer};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use crate::deployment::Deployment;

/// A revision of a service: it waits for a signal of the test, then returns its name.
struct Revision {
    name: &'static str,
    waits_for: UnboundedSender<String>,
}

impl Revision {
    fn new(name: &'static str) -> (Self, UnboundedReceiver<String>) {
        let (waits_for, awakeables) = unbounded_channel();
        (Self { name, waits_for }, awakeables)
    }

    async fn wait(&self, ctx: Context<'_>, (): ()) -> HandlerResult<String> {
        // The server pins an invocation to a deployment with the first entry of its journal.
        ctx.run(|| async { Ok(()) }).await?;
        let awakeable = ctx.awakeable::<String>();
        self.waits_for.send(awakeable.id().to_owned())?;
        Ok(awakeable.await? + self.name)
    }
}

impl Service for Revision {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[HandlerDescriptor::plain::<(), String>("Wait")];
        static DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::service("test.Revision", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Wait" => incoming.handle(|ctx, ()| self.wait(ctx, ())),
            _ => incoming.unknown_handler(handler),
        }
    }
}

fn call(server: &RestateServer) -> JoinHandle<String> {
    let ingress = server.ingress();
    tokio::spawn(async move {
        let (path, none) = ("/test.Revision/Wait", bytes::Bytes::new());
        client::send(ingress, http::Method::POST, path, &[], none).await.unwrap().text()
    })
}

#[tokio::test]
async fn k4_started_invocations_keep_their_revision_and_new_ones_use_the_latest() {
    let always_suspending = &[("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT", "0s")];
    let server = RestateServer::start_with(always_suspending).await;
    let (old, mut of_old) = Revision::new("old");
    let (new, mut of_new) = Revision::new("new");
    let deployment = Deployment::start(server, Endpoint::builder().bind(old)).await;
    let begun_before = call(&deployment.server);
    let waits_in_old = of_old.recv().await.unwrap();

    let new = RunningEndpoint::start(Endpoint::builder().bind(new), free_address()).await;
    deployment.server.register(new.address()).await;
    let begun_after = call(&deployment.server);
    let waits_in_new = of_new.recv().await.unwrap();
    for awakeable in [&waits_in_old, &waits_in_new] {
        let path = format!("/restate/awakeables/{awakeable}/resolve");
        deployment.post(&path, r#""resumed in ""#).await;
    }
    assert_eq!(begun_before.await.unwrap(), r#""resumed in old""#);
    assert_eq!(begun_after.await.unwrap(), r#""resumed in new""#);
    new.stop().await;
    deployment.stop().await;
}
