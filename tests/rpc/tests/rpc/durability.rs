//! What a durable call has, in the terms of these protocols.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use hyper::{StatusCode, Version};
use restate_core::{Context, HandlerError, HandlerResult, RetryPolicy, handlers};
use restate_rpc_tests::{AddRequest, Greeting, Pieces};
use serde_json::json;
use tokio::sync::mpsc;
use tonic::{Code, Request};

use crate::{
    connect::assert_code,
    grpc::{GREET, Tonic, greet},
    http::{Shop, frame},
};

const ADD: &str = "/shop.v1.Stock/Add";
const WAIT: &str = "/shop.v1.Desk/Wait";

#[tokio::test]
async fn calls_with_the_same_idempotency_key_are_one() {
    let shop = Shop::open().await;
    let mut tonic = Tonic::of(&shop);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut request = Request::new(AddRequest { item: "tea".to_owned(), pieces: 2 });
        request.metadata_mut().insert("idempotency-key", "order-7".parse().unwrap());
        let response = tonic.call::<_, Pieces>(ADD, request).await.unwrap();
        assert_eq!(response.get_ref().pieces, 2);
        ids.push(response.metadata().get("x-restate-id").unwrap().clone());
    }
    assert_eq!(ids[0], ids[1]);
    // Over another protocol it is the same call, too.
    let headers = [("idempotency-key", "order-7")];
    let response = shop.connect(ADD, &headers, r#"{"item":"tea","pieces":"2"}"#).await;
    assert_eq!(response.json(), json!({ "pieces": "2" }));
    assert_eq!(response.header("x-restate-id"), Some(ids[0].to_str().unwrap()));
}

#[tokio::test]
async fn a_send_is_answered_at_once_with_the_empty_response() {
    let shop = Shop::open().await;
    let response = shop.connect(WAIT, &[("x-restate-send", "true")], r#"{"name":"Pete"}"#).await;
    assert_eq!((response.status, response.json()), (StatusCode::OK, json!({})));
    let id = response.header("x-restate-id").unwrap().to_owned();
    shop.connect("/shop.v1.Desk/Open", &[], "{}").await;
    let path = format!("/restate/attach/{id}");
    let result = shop.send(Version::HTTP_11, "GET", &path, &[], b"").await;
    assert_eq!(result.json(), json!({ "text": "Good day, Pete" }));

    let delayed = [("x-restate-send", "true"), ("x-restate-delay", "1h")];
    let mut request = Request::new(greet("Ann"));
    for (name, value) in delayed {
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    let response = Tonic::of(&shop).call::<_, Greeting>(GREET, request).await.unwrap();
    assert_eq!(response.get_ref().text, "");
    let id = response.metadata().get("x-restate-id").unwrap().to_str().unwrap();
    let path = format!("/restate/output/{id}");
    let result = shop.send(Version::HTTP_11, "GET", &path, &[], b"").await;
    assert_eq!(result.status.as_u16(), 470);
}

#[tokio::test]
async fn a_deadline_ends_the_waiting_and_not_the_invocation() {
    let shop = Shop::open().await;
    for protocol in ["grpc", "connect"] {
        let id = if protocol == "grpc" {
            let mut request = Request::new(greet("Pete"));
            request.set_timeout(Duration::from_millis(200));
            let failed = Tonic::of(&shop).call::<_, Greeting>(WAIT, request).await.unwrap_err();
            assert_eq!(failed.code(), Code::DeadlineExceeded);
            let id = failed.metadata().get("x-restate-id").unwrap().to_str().unwrap().to_owned();
            assert!(failed.message().contains(&id), "{failed}");
            id
        } else {
            let headers = [("connect-timeout-ms", "50")];
            let response = shop.connect(WAIT, &headers, r#"{"name":"Pete"}"#).await;
            assert_code(&response, StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded");
            response.header("x-restate-id").unwrap().to_owned()
        };
        shop.connect("/shop.v1.Desk/Open", &[], "{}").await;
        // The result is retained, whether or not the invocation has ended by now.
        for _ in 0..2 {
            let path = format!("/restate/attach/{id}");
            let result = shop.send(Version::HTTP_11, "GET", &path, &[], b"").await;
            assert_eq!(result.json(), json!({ "text": "Good day, Pete" }), "{protocol}");
        }
    }
}

#[tokio::test]
async fn a_call_that_ends_in_time_is_answered() {
    let shop = Shop::open().await;
    let mut request = Request::new(greet("Pete"));
    request.set_timeout(Duration::from_secs(60));
    let response = Tonic::of(&shop).call::<_, Greeting>(GREET, request).await.unwrap();
    assert_eq!(response.get_ref().text, "Good day, Pete");
}

/// Fails for a while.
#[restate_core::service]
trait Flaky {
    /// Says in which attempt it has succeeded.
    async fn attempt(&self, ctx: Context<'_>, of: u32) -> HandlerResult<u32>;
}

struct Attempts(mpsc::UnboundedSender<()>, AtomicU32);

#[handlers]
impl Flaky for Attempts {
    async fn attempt(&self, _: Context<'_>, of: u32) -> HandlerResult<u32> {
        let attempt = self.1.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.send(())?;
        if attempt < of {
            return Err(HandlerError::from(std::io::Error::other("the bank is closed")));
        }
        Ok(attempt)
    }
}

#[tokio::test]
async fn a_failure_that_is_retried_is_never_the_result() {
    let (attempted, mut attempts) = mpsc::unbounded_channel();
    let retries = RetryPolicy::new().initial_interval(Duration::from_millis(1)).factor(1.0);
    let engine = restate_rpc_tests::engine().retry_policy(retries);
    let flaky = FlakyServer::new(Attempts(attempted, AtomicU32::new(0)));
    let shop = Shop::with(engine.bind(flaky)).await;
    let succeeded = shop.connect("/Flaky/attempt", &[], "3").await;
    assert_eq!((succeeded.status, succeeded.json()), (StatusCode::OK, json!(3)));
    let codec = [("content-type", "application/grpc+json"), ("te", "trailers")];
    let body = frame(0, b"5");
    let succeeded = shop.send(Version::HTTP_2, "POST", "/Flaky/attempt", &codec, &body).await;
    assert_eq!((succeeded.grpc_status(), &*succeeded.body), ("0", &*frame(0, b"5")));

    // One that never ends tells the client that its time is over, and not why it fails.
    while attempts.try_recv().is_ok() {}
    let deadline = [("connect-timeout-ms", "300")];
    let late = shop.connect("/Flaky/attempt", &deadline, "4000000000").await;
    assert_code(&late, StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded");
    assert!(!late.json()["message"].as_str().unwrap().contains("bank"), "{late:?}");
    assert!(attempts.recv().await.is_some(), "it was attempted");
}
