use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use restate_core::{
    Call, Context, HandlerResult, Service, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::Endpoint;
use restate_tests::{client, endpoint::RunningEndpoint, port::free_address, server::RestateServer};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::deployment::Deployment;

/// Calls a service that may not be registered yet, and reports each call.
struct Caller(UnboundedSender<&'static str>);

impl Caller {
    async fn call(&self, ctx: Context<'_>, (): ()) -> HandlerResult<String> {
        let reply = late(ctx).call();
        self.0.send("called")?;
        Ok(reply.await?)
    }

    async fn send(&self, ctx: Context<'_>, (): ()) -> HandlerResult<String> {
        late(ctx).one_way().await?;
        self.0.send("sent")?;
        Ok("sent".to_owned())
    }
}

fn late(ctx: Context<'_>) -> Call<Context<'_>, (), String> {
    Call::new(&ctx, Target::service("test.Late", "Count"), ())
}

impl Service for Caller {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::plain::<(), String>("Call"),
            HandlerDescriptor::plain::<(), String>("Send"),
        ];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Caller", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Call" => incoming.handle(|ctx, ()| self.call(ctx, ())),
            "Send" => incoming.handle(|ctx, ()| self.send(ctx, ())),
            _ => incoming.unknown_handler(handler),
        }
    }
}

/// Counts its calls.
struct Late(Arc<AtomicU32>);

impl Service for Late {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[HandlerDescriptor::plain::<(), String>("Count")];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Late", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Count" => incoming.handle(|_: Context<'_>, ()| async {
                self.0.fetch_add(1, Ordering::SeqCst);
                Ok("counted".to_owned())
            }),
            _ => incoming.unknown_handler(handler),
        }
    }
}

#[tokio::test]
async fn k1_k2_callers_are_retried_until_the_called_service_is_registered() {
    let server = RestateServer::start_with(&[
        ("RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL", "10ms"),
        ("RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL", "100ms"),
    ])
    .await;
    let ingress = server.ingress();
    let (events, mut attempts) = unbounded_channel();
    let deployment = Deployment::start(server, Endpoint::builder().bind(Caller(events))).await;
    let ask = async |path| {
        let none = bytes::Bytes::new();
        client::send(ingress, http::Method::POST, path, &[], none).await.unwrap().text()
    };
    let registered_late = async {
        // The call is sent locally, but the server does not know the service and fails the attempt.
        let mut seen = [0; 2];
        while seen.iter().any(|attempts| *attempts < 2) {
            seen[usize::from(attempts.recv().await == Some("called"))] += 1;
        }
        let count = Arc::new(AtomicU32::new(0));
        let late = Endpoint::builder().bind(Late(Arc::clone(&count)));
        let late = RunningEndpoint::start(late, free_address()).await;
        deployment.server.register(late.address()).await;
        (count, late)
    };
    let (called, sent, (count, late)) =
        tokio::join!(ask("/test.Caller/Call"), ask("/test.Caller/Send"), registered_late);
    assert_eq!((&*called, &*sent), (r#""counted""#, r#""sent""#));
    let counted = async {
        while count.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), counted).await.unwrap();
    late.stop().await;
    deployment.stop().await;
    assert_eq!(count.load(Ordering::SeqCst), 2, "once for each");
}
