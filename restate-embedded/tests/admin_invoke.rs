//! Invocations through the admin interface, which the web page makes for operators.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::net::SocketAddr;

use restate_embedded::{Engine, Tokens};
use serde_json::{Value, json};
use support::{
    World,
    http::{Response, get, request},
};
use tempfile::TempDir;

const JSON: (&str, &str) = ("content-type", "application/json");
const TEXT: &str = "application/json";

struct Setup {
    world: World,
    _engine: Engine,
    admin: SocketAddr,
    directory: TempDir,
}

async fn start() -> Setup {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    Setup { world, _engine: engine, admin, directory }
}

impl Setup {
    async fn send(&self, handler: &str, headers: &[(&str, &str)], body: &Value) -> Response {
        let line = format!("POST /services/{handler}/invoke");
        let headers = [&[JSON][..], headers].concat();
        request(self.admin, &line, &headers, body.to_string().as_bytes()).await
    }

    async fn invoke(&self, handler: &str, body: Value) -> (u16, Value) {
        let response = self.send(handler, &[], &body).await;
        (response.status, response.json())
    }

    async fn count(&self) -> usize {
        let listed = get(self.admin, "/invocations").await.json();
        listed["invocations"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_call_is_answered_with_its_result() {
    let setup = start().await;
    let body = json!({ "request": "\"hello\"", "content_type": TEXT });
    let (status, reply) = setup.invoke("Worker/handlers/echo", body).await;
    assert_eq!((status, &reply["result"]), (200, &json!({ "value": "hello" })), "{reply}");
    assert!(reply["invocationId"].as_str().unwrap().starts_with("inv_1"), "{reply}");
    let body = json!({ "request": "2", "content_type": TEXT, "key": "k", "mode": "call" });
    let (status, reply) = setup.invoke("Counter/handlers/add", body).await;
    assert_eq!(status, 200, "{reply}");
    let state = get(setup.admin, "/services/Counter/state/k").await.json();
    assert!(state["state"].as_object().is_some_and(|state| !state.is_empty()), "{state}");
}

#[tokio::test]
async fn what_is_sent_is_stored_at_once_or_for_later() {
    let setup = start().await;
    let body = json!({ "request": "\"a\"", "content_type": TEXT, "mode": "send", "idempotency_key": "once" });
    let (status, first) = setup.invoke("Worker/handlers/gated", body.clone()).await;
    assert_eq!((status, &first["status"]), (202, &json!("Accepted")), "{first}");
    setup.world.until("waiting a").await;
    let (status, again) = setup.invoke("Worker/handlers/gated", body).await;
    assert_eq!((status, &again["status"]), (202, &json!("PreviouslyAccepted")), "{again}");
    assert_eq!(first["invocationId"], again["invocationId"]);
    let later = json!({ "request": "\"b\"", "content_type": TEXT, "mode": "send", "delay": "1h" });
    let (status, later) = setup.invoke("Worker/handlers/echo", later).await;
    assert_eq!(status, 202, "{later}");
    assert!(later["executionTime"].is_string(), "{later}");
    let id = later["invocationId"].as_str().unwrap();
    let shown = get(setup.admin, &format!("/invocations/{id}")).await.json();
    assert_eq!(shown["status"], "scheduled", "{shown}");
}

#[tokio::test]
async fn what_is_no_request_of_the_contract_is_refused_and_not_stored() {
    let setup = start().await;
    for (handler, body, status, reason) in [
        ("Worker/handlers/echo", json!([]), 400, "not a JSON object"),
        ("Worker/handlers/echo", json!({ "colour": "red" }), 400, "`colour` is not a field"),
        ("Worker/handlers/echo", json!({ "request": 1 }), 400, "`request` is not a text"),
        ("Worker/handlers/echo", json!({ "mode": "ask" }), 400, "`mode`"),
        ("Worker/handlers/echo", json!({ "content_type": TEXT }), 400, "empty"),
        (
            "Worker/handlers/echo",
            json!({ "request": "{", "content_type": TEXT }),
            400,
            "not a valid",
        ),
        ("Worker/handlers/echo", json!({ "content_type": "a\nb" }), 400, "`content_type`"),
        ("Worker/handlers/echo", json!({ "request": "1", "delay": "1s" }), 400, "`send`"),
        ("Worker/handlers/echo", json!({ "request": "1", "key": "k" }), 400, "no keys"),
        ("Worker/handlers/echo", json!({ "request": "1", "limit_key": "a" }), 400, "needs a scope"),
        ("Counter/handlers/add", json!({ "request": "1" }), 400, "has keys"),
        ("Worker/handlers/absent", json!({}), 404, "no handler `absent`"),
        ("Nobody/handlers/echo", json!({}), 404, "no such service"),
    ] {
        let (found, reply) = setup.invoke(handler, body.clone()).await;
        assert_eq!(found, status, "{handler} {body}: {reply}");
        let message = reply["message"].as_str().unwrap();
        assert!(message.contains(reason), "{handler} {body}: {message}");
    }
    assert_eq!(setup.count().await, 0);
}

#[tokio::test]
async fn pages_of_others_and_other_names_of_the_host_invoke_nothing() {
    let setup = start().await;
    let body = json!({ "request": "\"x\"", "content_type": TEXT, "mode": "send", "delay": "1h" });
    for header in [
        ("origin", "https://app.example.com"),
        ("origin", "null"),
        ("host", "rebound.example.com"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let refused = setup.send("Worker/handlers/echo", &[header], &body).await;
        assert_eq!(refused.status, 403, "{header:?}: {}", refused.text());
    }
    // What the form of any page can send.
    let line = "POST /services/Worker/handlers/echo/invoke";
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let headers = [("content-type", kind)];
        let refused = request(setup.admin, line, &headers, body.to_string().as_bytes()).await;
        assert_eq!(refused.status, 415, "{kind}: {}", refused.text());
    }
    assert_eq!(setup.count().await, 0);
}

#[tokio::test]
async fn a_token_that_only_reads_invokes_nothing() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let tokens = directory.path().join("tokens");
    std::fs::write(&tokens, "ann read reader-0123456789\nbob change writer-0123456789\n").unwrap();
    let engine = world.engine().data_dir(directory.path().join("data")).admin("127.0.0.1:0");
    let engine = engine.admin_tokens(Tokens::file(&tokens)).start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    let setup = Setup { world, _engine: engine, admin, directory };
    let body = json!({ "request": "\"x\"", "content_type": TEXT });
    for (token, status) in [
        (None, 401),
        (Some("Bearer reader-0123456789"), 403),
        (Some("Bearer writer-0123456789"), 200),
    ] {
        let headers: Vec<_> = token.map(|token| ("authorization", token)).into_iter().collect();
        let found = setup.send("Worker/handlers/echo", &headers, &body).await;
        assert_eq!(found.status, status, "{token:?}: {}", found.text());
    }
    drop(setup.directory);
}
