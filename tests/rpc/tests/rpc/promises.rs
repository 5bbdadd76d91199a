//! `restate.v1.Promises`: promises of workflows.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::{
    connect::assert_code,
    http::{Received, Shop, frame},
};

const RUN: &str = "/shop.v1.Order/Run";
const RESOLVE: &str = "/restate.v1.Promises/Resolve";
const REJECT: &str = "/restate.v1.Promises/Reject";
const PEEK: &str = "/restate.v1.Promises/Peek";

async fn ask(shop: &Shop, path: &str, body: Value) -> Received {
    shop.connect(path, &[], &body.to_string()).await
}

fn promise(number: &str) -> Value {
    json!({ "service": "shop.v1.Order", "key": number, "name": "packer" })
}

/// Pays an order that runs, or will soon.
async fn pay(shop: &Shop, number: &str) {
    let awakeable = loop {
        let invoice = ask(shop, "/shop.v1.Order/Invoice", json!({ "number": number })).await;
        match &invoice.json()["awakeable"] {
            Value::String(awakeable) => break awakeable.clone(),
            _ => tokio::task::yield_now().await,
        }
    };
    let body = json!({ "id": awakeable, "value": STANDARD.encode(r#""card""#) });
    assert_eq!(ask(shop, "/restate.v1.Awakeables/Resolve", body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_promise_is_resolved_once() {
    let shop = Shop::open().await;
    // Before the workflow is submitted.
    let peeked = ask(&shop, PEEK, json!({ "promise": promise("7") })).await;
    assert_eq!((peeked.status, peeked.json()), (StatusCode::OK, json!({})));
    let value = STANDARD.encode(r#""Ann""#);
    let body = json!({ "promise": promise("7"), "value": value });
    let resolved = ask(&shop, RESOLVE, body.clone()).await;
    assert_eq!((resolved.status, resolved.json()), (StatusCode::OK, json!({})));
    let peeked = ask(&shop, PEEK, json!({ "promise": promise("7") })).await;
    assert_eq!(peeked.json(), json!({ "value": value }));

    for (path, body) in [(RESOLVE, body), (REJECT, json!({ "promise": promise("7") }))] {
        let refused = ask(&shop, path, body).await;
        assert_code(&refused, StatusCode::CONFLICT, "aborted");
    }
    let request = json!({ "number": "7" }).to_string();
    let (ran, ()) = tokio::join!(shop.connect(RUN, &[], &request), pay(&shop, "7"));
    assert_eq!(ran.json(), json!({ "text": "Paid by card, packed by Ann" }));
}

#[tokio::test]
async fn a_promise_is_rejected() {
    let shop = Shop::open().await;
    let request = json!({ "number": "8" }).to_string();
    let reject = async {
        pay(&shop, "8").await;
        ask(&shop, REJECT, json!({ "promise": promise("8"), "reason": "sold out" })).await
    };
    let (ran, rejected) = tokio::join!(shop.connect(RUN, &[], &request), reject);
    assert_eq!(rejected.status, StatusCode::OK);
    let peeked = ask(&shop, PEEK, json!({ "promise": promise("8") })).await;
    for failed in [ran, peeked] {
        assert_code(&failed, StatusCode::INTERNAL_SERVER_ERROR, "internal");
        assert_eq!(failed.json()["message"], "sold out");
    }
}

#[tokio::test]
async fn promises_are_completed_over_grpc() {
    let shop = Shop::open().await;
    let field =
        |tag: u8, bytes: &[u8]| [&[tag, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let parts = [field(10, b"shop.v1.Order"), field(18, b"9"), field(26, b"packer")];
    let promise = field(10, &parts.concat());
    let resolve = [&promise[..], &field(18, br#""Bo""#)].concat();
    let resolved = shop.grpc(RESOLVE, &[], &frame(0, &resolve)).await;
    assert_eq!((resolved.grpc_status(), &*resolved.body), ("0", &*frame(0, b"")));
    let peeked = shop.grpc(PEEK, &[], &frame(0, &promise)).await;
    assert_eq!((peeked.grpc_status(), &*peeked.body), ("0", &*frame(0, &field(10, br#""Bo""#))));
}

#[tokio::test]
async fn what_is_no_promise_for_clients_is_refused() {
    let shop = Shop::open().await;
    let named = |service: &str, key: &str, name: &str| json!({ "promise": { "service": service, "key": key, "name": name } });
    for (body, status, code) in [
        (json!({}), StatusCode::BAD_REQUEST, "invalid_argument"),
        (named("shop.v1.Order", "7", ""), StatusCode::BAD_REQUEST, "invalid_argument"),
        (named("shop.v1.Order", "", "packer"), StatusCode::BAD_REQUEST, "invalid_argument"),
        (named("shop.v1.Desk", "7", "packer"), StatusCode::BAD_REQUEST, "invalid_argument"),
        (named("shop.v1.Nothing", "7", "packer"), StatusCode::NOT_FOUND, "not_found"),
        (named("shop.v1.Audit", "7", "auditor"), StatusCode::FORBIDDEN, "permission_denied"),
    ] {
        for path in [RESOLVE, REJECT, PEEK] {
            assert_code(&ask(&shop, path, body.clone()).await, status, code);
        }
    }
    let mut scoped = promise("7");
    scoped["scope"] = "no scope/".into();
    let refused = ask(&shop, PEEK, json!({ "promise": scoped })).await;
    assert_code(&refused, StatusCode::BAD_REQUEST, "invalid_argument");
    let unknown = ask(&shop, "/restate.v1.Promises/Look", json!({})).await;
    assert_code(&unknown, StatusCode::NOT_FOUND, "unimplemented");
    // That of a scope is another one.
    let mut scoped = promise("7");
    scoped["scope"] = "tenant".into();
    let value = STANDARD.encode(r#""Ann""#);
    ask(&shop, RESOLVE, json!({ "promise": scoped, "value": value })).await;
    let peeked = ask(&shop, PEEK, json!({ "promise": scoped })).await;
    assert_eq!(peeked.json(), json!({ "value": value }));
    let peeked = ask(&shop, PEEK, json!({ "promise": promise("7") })).await;
    assert_eq!(peeked.json(), json!({}));
}
