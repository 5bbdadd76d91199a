//! Messages over the limit of the server.

use restate_core::{
    HandlerResult, ObjectContext, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::Endpoint;
use restate_tests::server::RestateServer;

use crate::deployment::Deployment;

/// An object that stores a text of the length it is called with, and returns the length of the one it
/// had.
struct Store;

impl Service for Store {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "test.Store",
            &[HandlerDescriptor::exclusive::<u32, u32>("Put")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(put)
    }
}

async fn put(ctx: ObjectContext<'_>, length: u32) -> HandlerResult<u32> {
    let before = ctx.get::<String>("text").await?.unwrap_or_default().len();
    ctx.set("text", "x".repeat(length as usize));
    Ok(u32::try_from(before)?)
}

#[tokio::test]
async fn a_value_over_the_limit_fails_its_invocation_for_good() {
    let endpoint = Endpoint::builder().bind(Store);
    let deployment = Deployment::start(RestateServer::start().await, endpoint).await;
    assert_eq!(deployment.post("/test.Store/k/Put", "1000000").await.text(), "0");
    // 33 MiB; the server takes 32.
    let refused = deployment.post("/test.Store/k/Put", "34603008").await;
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert!(
        refused.text().contains("over the message limit of 33554432 bytes"),
        "{}",
        refused.text()
    );
    assert_eq!(deployment.post("/test.Store/k/Put", "0").await.text(), "1000000");
    deployment.stop().await;
}
