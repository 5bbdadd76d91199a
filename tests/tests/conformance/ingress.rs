//! What passes between a caller outside and a handler.

use std::collections::BTreeMap;

use bytes::Bytes;
use restate_core::Json;
use restate_tests::services::{ProxyClient, ProxyRequest, TestUtilsServiceClient};

use crate::{patience::once, scenario::Setup};

pub async fn headers_pass_through(setup: Setup) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let call = utils.echo_headers().idempotency_key(once());
    let Json(headers) = call.header("x-my-custom-header", "x-my-custom-value").await.unwrap();
    assert_eq!(headers["x-my-custom-header"], "x-my-custom-value");
}

/// Through a handler in between, which does nothing for it.
pub async fn trace_context_reaches_handlers_and_whom_they_call(setup: Setup) {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let trace_parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let request = ProxyRequest {
        service_name: "TestUtilsService".to_owned(),
        handler_name: "echoHeaders".to_owned(),
        ..ProxyRequest::default()
    };
    let proxy = ProxyClient::new(setup.client());
    let call = proxy.call(Json(request)).idempotency_key(once());
    let call = call.header("traceparent", &trace_parent).header("tracestate", "vendor=1");
    let Json(echoed) = call.await.unwrap();
    let headers: BTreeMap<String, String> = serde_json::from_slice(&echoed).unwrap();
    assert!(headers["traceparent"].starts_with(&format!("00-{TRACE}-")), "{headers:?}");
    assert_eq!(headers["tracestate"], "vendor=1");
}

pub async fn raw_handler(setup: Setup) {
    let bytes: Bytes = (0..=u8::MAX).rev().collect();
    let utils = TestUtilsServiceClient::new(setup.client());
    let echoed = utils.raw_echo(bytes.clone()).idempotency_key(once()).await.unwrap();
    assert_eq!(echoed, bytes);
}
