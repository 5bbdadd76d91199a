//! Deeply nested requests: refused or carried out, and no end of the process in either case.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

use bytes::Bytes;
use restate_core::{
    Call, Context, Encoding, Payload as _, Service, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
    well_known::Value,
};
use restate_embedded::{Client, ClientError, Engine, testing::TestEngine};

/// Returns what it gets, once through the journal.
struct Echo;

impl Service for Echo {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::service("Echo", &[HandlerDescriptor::plain::<Value, Value>("echo")]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        request.handle(|ctx: Context<'a>, value: Value| async move {
            Ok(ctx.run(|| async { Ok(value) }).await?)
        })
    }
}

/// A list of a list of a list. Each adds two levels: a `ListValue`, and the `Value` in it.
fn nested(lists: usize) -> String {
    format!("{}{}", "[".repeat(lists), "]".repeat(lists))
}

async fn deep_requests_do_no_harm(client: &Client) {
    let echo = || Target::service("Echo", "echo");
    let deepest = Value::decode(nested(50).into(), Encoding::Json).unwrap();
    let echoed: Value = Call::new(client, echo(), deepest.clone()).await.unwrap();
    assert_eq!(echoed, deepest);
    for lists in [51, 1000, 100_000] {
        // Bytes are not looked at before the handler reads them.
        let request: Call<_, Bytes, Bytes> = Call::new(client, echo(), nested(lists).into());
        match request.await {
            Err(ClientError::Failed(error)) => {
                assert_eq!(error.code(), 400, "{lists}: {error}");
                assert!(error.message().contains("nested more than"), "{lists}: {error}");
            }
            other => panic!("{lists}: {other:?}"),
        }
    }
    let flat: Value = Call::new(client, echo(), deepest).await.unwrap();
    assert_eq!(flat, echoed);
}

#[tokio::test]
async fn deep_requests_do_no_harm_in_the_engine() {
    let engine = Engine::builder().bind(Echo).in_memory().start().await.unwrap();
    deep_requests_do_no_harm(&engine.client()).await;
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn deep_requests_do_no_harm_in_tests() {
    let test = TestEngine::builder().bind(Echo).start().await;
    deep_requests_do_no_harm(&test.client()).await;
}
