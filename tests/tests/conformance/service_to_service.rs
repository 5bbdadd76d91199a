//! Calls between handlers.

use std::time::Duration;

use restate_core::{Json, Target};
use restate_tests::services::{
    CounterClient, CounterUpdateResponse, ProxyClient, ProxyRequest, TestUtilsServiceClient,
};
use tokio::time::Instant;

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
};

/// Adds 1 to the counter `key`.
pub fn add_through_proxy(key: &str) -> ProxyRequest {
    ProxyRequest {
        service_name: "Counter".to_owned(),
        virtual_object_key: Some(key.to_owned()),
        handler_name: "add".to_owned(),
        message: b"1".to_vec(),
        ..ProxyRequest::default()
    }
}

pub async fn regular_call(setup: Setup) {
    let request = ProxyRequest {
        service_name: "TestUtilsService".to_owned(),
        handler_name: "uppercaseEcho".to_owned(),
        message: br#""ping""#.to_vec(),
        ..ProxyRequest::default()
    };
    let proxy = ProxyClient::new(setup.client());
    let Json(response) = proxy.call(Json(request)).idempotency_key(once()).await.unwrap();
    assert_eq!(response, br#""PING""#);
}

/// A message passes through ingress, journals and a handler that knows none of its fields.
pub async fn a_message_in_bytes_keeps_all_fields(setup: Setup) {
    // Fields 1000 (varint), 15 (a group, so that it begins as JSON does), and 3 (a nested message).
    let message = b"\x7b\x08\x07\x7c\xc0\x3e\x01\x1a\x03\x0a\x01x\xc0\x3e\x02".to_vec();
    let request = ProxyRequest {
        service_name: "TestUtilsService".to_owned(),
        handler_name: "rawEcho".to_owned(),
        message: message.clone(),
        ..ProxyRequest::default()
    };
    let proxy = ProxyClient::new(setup.client());
    let Json(response) = proxy.call(Json(request)).idempotency_key(once()).await.unwrap();
    assert_eq!(response, message);
    let utils = TestUtilsServiceClient::new(setup.client());
    let response = utils.raw_echo(message.clone().into()).idempotency_key(once()).await.unwrap();
    assert_eq!(response, message);
}

pub async fn one_way_call(setup: Setup) {
    let key = unique("counter");
    let proxy = ProxyClient::new(setup.client());
    let request = Json(add_through_proxy(&key));
    proxy.one_way_call(request).idempotency_key(once()).await.unwrap();
    becomes(&setup, &key, 1).await;
}

pub async fn one_way_call_with_idempotency_key(setup: Setup) {
    let (key, idempotency_key) = (unique("counter"), once());
    let request =
        ProxyRequest { idempotency_key: Some(idempotency_key.clone()), ..add_through_proxy(&key) };
    let proxy = ProxyClient::new(setup.client());
    let one = proxy.one_way_call(Json(request.clone())).idempotency_key(once()).await.unwrap();
    let other = proxy.one_way_call(Json(request)).idempotency_key(once()).await.unwrap();
    assert_eq!(one, other, "one key is one invocation");
    becomes(&setup, &key, 1).await;
    has_output(&setup, key, idempotency_key).await;
}

pub async fn call_with_idempotency_key(setup: Setup) {
    let (key, idempotency_key) = (unique("counter"), once());
    let request =
        ProxyRequest { idempotency_key: Some(idempotency_key.clone()), ..add_through_proxy(&key) };
    let proxy = ProxyClient::new(setup.client());
    for _ in 0..2 {
        let call = proxy.call(Json(request.clone())).idempotency_key(once());
        let Json(response) = call.await.unwrap();
        let update: CounterUpdateResponse = serde_json::from_slice(&response).unwrap();
        assert_eq!(update, CounterUpdateResponse { old_value: 0, new_value: 1 });
    }
    becomes(&setup, &key, 1).await;
    has_output(&setup, key, idempotency_key).await;
}

/// The delays run concurrently, so all are over after the longest.
pub async fn one_way_call_with_delay(setup: Setup) {
    const DELAY: Duration = Duration::from_secs(5);

    let key = unique("counter");
    let delay_millis = Some(DELAY.as_millis().try_into().unwrap());
    let request = ProxyRequest { delay_millis, ..add_through_proxy(&key) };
    let proxy = ProxyClient::new(setup.client());
    let started = Instant::now();
    for _ in 0..10 {
        proxy.one_way_call(Json(request.clone())).idempotency_key(once()).await.unwrap();
    }
    becomes(&setup, &key, 10).await;
    let elapsed = started.elapsed();
    assert!(elapsed >= DELAY && elapsed < 5 * DELAY, "after {elapsed:?}");
}

async fn becomes(setup: &Setup, key: &str, value: i64) {
    let counter = CounterClient::new(setup.client(), key);
    eventually("the calls that were sent are executed", async || {
        (counter.get().await.unwrap() == value).then_some(())
    })
    .await;
}

async fn has_output(setup: &Setup, key: String, idempotency_key: String) {
    let target = Target::object("Counter", key, "add");
    let output = setup.client().idempotent(target, idempotency_key).output().await.unwrap();
    let update = CounterUpdateResponse { old_value: 0, new_value: 1 };
    assert_eq!(output, Some(Json(update)));
}
