//! Headers, bodies and ids between ingress clients and handlers.

use std::collections::BTreeMap;

use bytes::Bytes;
use restate_core::Json;
use restate_tests::{
    client,
    services::{
        BlockAndWaitWorkflowClient, CounterClient, ProxyClient, ProxyRequest,
        TestUtilsServiceClient,
    },
};
use serde_json::{Value, json};

use crate::{
    polling::{once, unique},
    scenario::Setup,
};

pub async fn headers_pass_through(setup: Setup) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let call = utils.echo_headers().idempotency_key(once());
    let Json(headers) = call.header("x-my-custom-header", "x-my-custom-value").await.unwrap();
    assert_eq!(headers["x-my-custom-header"], "x-my-custom-value");
}

/// Also through a handler in between that ignores it.
pub async fn trace_context_reaches_handlers_and_their_callees(setup: Setup) {
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

/// The ids of both engines have the same form, which other tools read.
pub async fn ids_are_those_of_restate(setup: Setup) {
    let (client, key) = (setup.client(), unique("ids"));
    let echo = || TestUtilsServiceClient::new(client.clone()).echo("hello".to_owned());
    let plain = echo().one_way().await.unwrap().invocation_id().clone();
    let once = echo().idempotency_key(key.as_str()).one_way().await.unwrap();
    let add = CounterClient::new(client.clone(), key.as_str()).add(1).one_way().await.unwrap();
    for id in [&plain, once.invocation_id(), add.invocation_id()] {
        assert_eq!(id.parts().map(|parts| parts.to_string()).as_deref(), Some(id.as_str()));
    }
}

/// Clients can look up the invocation id of a workflow or an idempotent request.
pub async fn invocations_are_looked_up(setup: Setup) {
    let (client, key) = (setup.client(), unique("looked-up"));
    let echo = TestUtilsServiceClient::new(client.clone()).echo("hello".to_owned());
    let echo = echo.idempotency_key(key.as_str()).one_way().await.unwrap();
    let add = CounterClient::new(client.clone(), key.as_str()).add(1);
    let add = add.idempotency_key(key.as_str()).one_way().await.unwrap();
    let runs = BlockAndWaitWorkflowClient::new(client.workflow_runs(), key.as_str());
    let run = runs.run("waits".to_owned()).one_way().await.unwrap();

    for (body, found) in [
        (
            json!({
                "target": "idempotentInvocation", "service": "TestUtilsService",
                "handler": "echo", "idempotencyKey": key,
            }),
            &echo,
        ),
        (
            json!({
                "target": "idempotentInvocation", "service": "Counter", "key": key,
                "handler": "add", "idempotencyKey": key,
            }),
            &add,
        ),
        (
            json!({
                "target": "workflow", "workflowName": "BlockAndWaitWorkflow", "workflowKey": key,
            }),
            &run,
        ),
        (json!({ "target": "invocation", "invocationId": run.invocation_id() }), &run),
    ] {
        let answer = client::post_json(setup.shared.ingress(), "/restate/lookup", body.to_string());
        let answer = answer.await.unwrap();
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer["invocationId"], found.invocation_id().as_str(), "{body}");
    }
    setup.shared.cancel(run.invocation_id()).await;
}
