//! `restate.v1` in front of a Restate server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    clients::{Received, connect},
    world::World,
};

pub(crate) async fn ask(origin: &str, rpc: &'static str, body: Value) -> Received {
    let path = format!("/restate.v1.{rpc}");
    connect(origin, &path, &[], &body.to_string()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_are_called_attached_and_named() {
    let world = World::start().await;
    let front = world.front().await;
    let request = STANDARD.encode(r#"{"name":"Pete"}"#);
    let call = json!({
        "service": "shop.v1.Desk", "rpc": "Wait", "request": request, "json": true,
        "idempotencyKey": "order-7",
    });
    let sent = ask(&front.origin, "Ingress/Send", json!({ "call": call })).await.json();
    let id = json!({ "id": sent["invocationId"] });
    let key = json!({ "service": "shop.v1.Desk", "rpc": "Wait", "idempotencyKey": "order-7" });
    let names = [id, json!({ "call": key })];
    for name in &names {
        let output = ask(&front.origin, "Ingress/GetOutput", json!({ "invocation": name })).await;
        assert_eq!(output.json()["code"], "failed_precondition", "{output:?}");
    }
    let mut open = call.clone();
    open["rpc"] = "Open".into();
    ask(&front.origin, "Ingress/Invoke", json!({ "call": open })).await.json();
    for name in &names {
        let attached = ask(&front.origin, "Ingress/Attach", json!({ "invocation": name })).await;
        // As the handler has encoded it, which is as it was called.
        let response = STANDARD.encode(r#"{"text":"Good day, Pete"}"#);
        assert_eq!(attached.json()["response"], response, "{attached:?}");
    }
    for (rpc, body, code) in [
        ("Ingress/Cancel", json!({ "invocationId": sent["invocationId"] }), "unimplemented"),
        ("Promises/Resolve", json!({ "promise": packer() }), "unimplemented"),
        ("Promises/Reject", json!({ "promise": packer() }), "unimplemented"),
        ("Promises/Peek", json!({ "promise": packer() }), "unimplemented"),
        ("Awakeables/Resolve", json!({ "id": "inv_1" }), "invalid_argument"),
        ("Awakeables/Reject", json!({ "id": "nothing" }), "invalid_argument"),
        ("Ingress/Attach", json!({ "invocation": { "id": "inv_x" } }), "invalid_argument"),
    ] {
        let refused = ask(&front.origin, rpc, body).await;
        assert_eq!(refused.json()["code"], code, "{rpc}: {refused:?}");
    }
    let refused = ask(&front.origin, "Promises/Peek", json!({ "promise": packer() })).await.json();
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("call a handler of `shop.v1.Order`"),
        "the way out is said: {message}"
    );
}

fn packer() -> Value {
    json!({ "service": "shop.v1.Order", "key": "7", "name": "packer" })
}
