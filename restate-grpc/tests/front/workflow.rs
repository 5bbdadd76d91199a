//! Workflows, awakeables and singletons through the front of a Restate server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    clients::connect,
    invocations::ask,
    world::{Front, World},
};

const RUN: &str = "/shop.v1.Order/Run";

/// The awakeable of an order that was submitted.
async fn invoice(front: &Front, number: &str) -> Value {
    let body = json!({ "number": number }).to_string();
    loop {
        let invoice = connect(&front.origin, "/shop.v1.Order/Invoice", &[], &body).await.json();
        match &invoice["awakeable"] {
            Value::Null => tokio::task::yield_now().await,
            awakeable => return awakeable.clone(),
        }
    }
}

async fn submit(front: &Front, number: &str) {
    let body = json!({ "number": number }).to_string();
    let sent = connect(&front.origin, RUN, &[("x-restate-send", "true")], &body).await;
    assert!(sent.header("x-restate-id").starts_with("inv_1"), "{sent:?}");
}

/// The result of an order, named as the `run` of a workflow.
async fn result(front: &Front, rpc: &'static str, number: &str) -> Value {
    let run = json!({ "service": "shop.v1.Order", "rpc": "Run", "key": number });
    ask(&front.origin, rpc, json!({ "invocation": { "call": run }, "json": true })).await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_runs_once_and_waits_for_an_awakeable() {
    let world = World::start().await;
    let front = world.front().await;
    submit(&front, "7").await;
    assert_eq!(result(&front, "Ingress/GetOutput", "7").await["code"], "failed_precondition");
    let awakeable = invoice(&front, "7").await;
    let value = STANDARD.encode(r#""card""#);
    let resolved =
        ask(&front.origin, "Awakeables/Resolve", json!({ "id": awakeable, "value": value }));
    assert_eq!(resolved.await.json(), json!({}));
    let packed = json!({ "number": "7", "by": "Ann" }).to_string();
    connect(&front.origin, "/shop.v1.Order/Pack", &[], &packed).await.json();

    let attached = result(&front, "Ingress/Attach", "7").await;
    let response = STANDARD.decode(attached["response"].as_str().unwrap()).unwrap();
    let response: Value = serde_json::from_slice(&response).unwrap();
    assert_eq!(response, json!({ "text": "Paid by card, packed by Ann" }));
    let again = connect(&front.origin, RUN, &[], &json!({ "number": "7" }).to_string()).await;
    assert_eq!(again.json()["code"], "aborted", "{again:?}");
    assert_eq!(result(&front, "Ingress/Attach", "8").await["code"], "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_awakeable_is_rejected() {
    let world = World::start().await;
    let front = world.front().await;
    let request = json!({ "number": "9" }).to_string();
    let reject = async {
        let awakeable = invoice(&front, "9").await;
        ask(&front.origin, "Awakeables/Reject", json!({ "id": awakeable, "reason": "no card" }))
            .await
    };
    let (failed, rejected) = tokio::join!(connect(&front.origin, RUN, &[], &request), reject);
    assert_eq!(rejected.json(), json!({}));
    let failed = failed.json();
    assert_eq!((&failed["code"], &failed["message"]), (&json!("internal"), &json!("no card")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_singleton_needs_no_key() {
    let world = World::start().await;
    let front = world.front().await;
    for expected in ["2", "4"] {
        let put = connect(&front.origin, "/shop.v1.Till/Put", &[], r#"{"pieces":"2"}"#).await;
        assert_eq!(put.json(), json!({ "pieces": expected }));
    }
    let other = [("x-restate-key", "other")];
    let put = connect(&front.origin, "/shop.v1.Till/Put", &other, "{}").await;
    assert_eq!(put.json()["code"], "invalid_argument", "{put:?}");
}
