use std::sync::{Arc, atomic::Ordering};

use restate_core::{
    Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::ServiceDescriptor,
};
use restate_endpoint::Endpoint;
use restate_tests::server::RestateServer;

use crate::{
    deployment::Deployment,
    services::{Counter, Greeter},
};

const ALWAYS_SUSPENDING: &[(&str, &str)] = &[("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT", "0s")];

/// A service whose state the test reads.
struct Shared<S>(Arc<S>);

impl<S: Service> Service for Shared<S> {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.0.descriptor()
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        self.0.handle(handler, incoming)
    }
}

async fn everything_works(deployment: Deployment, greeter: Arc<Greeter>) {
    let answer = deployment.post("/test.Greeter/Greet", r#""Pete""#).await;
    assert_eq!(answer.text(), r#""Hello Pete""#);
    assert_eq!(answer.header("content-type"), "application/json");

    let answer = deployment.post("/test.Greeter/Welcome", r#""Pete""#).await;
    assert_eq!(answer.text(), r#""Hello Pete""#);
    deployment.eventually("/test.Counter/Pete/Get", "2").await;

    let answer = deployment.post("/test.Greeter/Charge", r#""Pete""#).await;
    assert_eq!(answer.text(), "1");
    assert_eq!(greeter.charges.load(Ordering::SeqCst), 1);

    assert_eq!(deployment.post("/test.Counter/Pete/Add", "5").await.text(), "7");
    deployment.stop().await;
}

fn endpoint(greeter: &Arc<Greeter>) -> restate_endpoint::EndpointBuilder {
    Endpoint::builder().bind(Shared(Arc::clone(greeter))).bind(Counter)
}

#[tokio::test]
async fn calls_state_run_and_sleep_work() {
    let (server, greeter) = (RestateServer::start().await, Arc::default());
    let deployment = Deployment::start(server, endpoint(&greeter)).await;
    everything_works(deployment, greeter).await;
}

#[tokio::test]
async fn the_same_when_every_wait_suspends() {
    let (server, greeter) = (RestateServer::start_with(ALWAYS_SUSPENDING).await, Arc::default());
    let deployment = Deployment::start(server, endpoint(&greeter)).await;
    everything_works(deployment, greeter).await;
}

#[tokio::test]
async fn the_same_over_http1() {
    let (server, greeter) = (RestateServer::start().await, Arc::default());
    let deployment = Deployment::start_http1(server, endpoint(&greeter)).await;
    everything_works(deployment, greeter).await;
}
