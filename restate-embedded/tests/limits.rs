//! Scopes, limit keys, and the rules that limit how many invocations run at a time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::net::SocketAddr;

use restate_embedded::{ClientError, Engine, InvocationId};
use serde_json::{Value, json};
use support::{
    World, call,
    http::{Response, get, post, request},
    signup,
};
use tempfile::TempDir;

async fn start(world: &World, directory: &TempDir) -> Engine {
    let builder = world.engine().data_dir(directory.path());
    builder.ingress("127.0.0.1:0").admin("127.0.0.1:0").start().await.unwrap()
}

async fn put(admin: SocketAddr, rules: Value) -> Response {
    let body = rules.to_string();
    request(admin, "PUT /limits/rules", &[], body.as_bytes()).await
}

async fn targets(admin: SocketAddr, filter: &str) -> Vec<Value> {
    let list = get(admin, &format!("/invocations?{filter}")).await.json();
    list["invocations"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
}

async fn gated(engine: &Engine, text: &str) -> InvocationId {
    let sent = call::<_, _, String>(&engine.client(), "gated", text.to_owned()).scope("orders");
    sent.limit_key("tenant-7").one_way().await.unwrap().invocation_id().clone()
}

#[tokio::test]
async fn calls_beyond_a_limit_are_held_back_in_order_also_over_a_restart() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let admin = engine.admin_addr().unwrap();
    let rules = json!([{ "pattern": "orders/tenant-7", "limits": { "concurrency": 1 } }]);
    assert_eq!(put(admin, rules).await.status, 200);
    let first = gated(&engine, "1").await;
    world.until("waiting 1").await;
    let second = gated(&engine, "2").await;
    let third = gated(&engine, "3").await;
    let held_back = [json!(third.to_string()), json!(second.to_string())];
    assert_eq!(targets(admin, "status=held-back").await, held_back);
    assert_eq!(targets(admin, "status=running").await, [json!(first.to_string())]);
    assert_eq!(targets(admin, "scope=orders&limit_key=tenant-7").await.len(), 3);
    let shown = get(admin, &format!("/invocations/{third}")).await.json();
    assert_eq!((&shown["scope"], &shown["limit_key"]), (&json!("orders"), &json!("tenant-7")));
    drop(engine);

    let engine = start(&world, &directory).await;
    let admin = engine.admin_addr().unwrap();
    assert_eq!(targets(admin, "status=held-back").await, held_back);
    for (id, text) in [(first, "1"), (second, "2"), (third, "3")] {
        world.open_gate();
        assert_eq!(engine.client().invocation(&id).attach::<String>().await.unwrap(), text);
    }
    let entered: Vec<String> =
        world.lines().into_iter().filter(|line| line.starts_with("before")).collect();
    assert_eq!(entered, ["before 1", "before 2", "before 3"]);
}

#[tokio::test]
async fn rules_are_shown_changed_and_removed() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let admin = engine.admin_addr().unwrap();
    let limit = |n: u32| json!({ "pattern": "a/*", "limits": { "concurrency": n } });
    let answer = put(admin, json!([limit(2), { "pattern": "b", "description": "later" }])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()[0]["version"], 1);
    assert_eq!(put(admin, json!([limit(3)])).await.json()[0]["version"], 2);
    let mut guarded = limit(4);
    guarded["precondition"] = json!({ "type": "matches", "version": 1 });
    let refused = put(admin, json!([{ "pattern": "c" }, guarded])).await;
    assert_eq!(refused.status, 409, "{}", refused.text());

    engine.shutdown().await.unwrap();
    let engine = start(&world, &directory).await;
    let admin = engine.admin_addr().unwrap();
    let rules = get(admin, "/limits/rules").await.json();
    let patterns: Vec<&Value> =
        rules.as_array().unwrap().iter().map(|rule| &rule["pattern"]).collect();
    assert_eq!(json!(patterns), json!(["a/*", "b"]));
    assert_eq!(rules[0]["limits"], json!({ "concurrency": 3 }));
    assert_eq!(rules[1]["description"], "later");
    let body = r#"[{"pattern":"a/*","expected_version":2},{"pattern":"gone"}]"#;
    let removed = post(admin, "/limits/rules/bulk-delete", body).await;
    assert_eq!(removed.json(), json!(["a/*"]));
    assert_eq!(get(admin, "/limits/rules").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn invalid_rules_are_refused_with_a_reason() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let admin = engine.admin_addr().unwrap();
    for (rules, reason) in [
        (json!({ "pattern": "a" }), "not a list of rules"),
        (json!(["a"]), "not a JSON object"),
        (json!([{}]), "no string `pattern`"),
        (json!([{ "pattern": "a/b/c/d" }]), "is not a pattern"),
        (json!([{ "pattern": "a", "limits": { "concurrency": 0 } }]), "1 or more"),
        (json!([{ "pattern": "a", "limits": { "concurrency": -1 } }]), "whole number below"),
        (json!([{ "pattern": "a", "limits": { "concurency": 1 } }]), "`concurency` is not a field"),
        (json!([{ "pattern": "a", "disabled": "yes" }]), "neither true nor false"),
        (json!([{ "pattern": "a", "description": 1 }]), "not a string"),
        (
            json!([{ "pattern": "a", "precondition": { "type": "x" } }]),
            "the type of a `precondition`",
        ),
        (json!([{ "pattern": "a", "precondition": { "type": "matches" } }]), "`version`"),
    ] {
        let refused = put(admin, rules.clone()).await;
        assert_eq!(refused.status, 400, "{rules}: {}", refused.text());
        assert!(refused.text().contains(reason), "{rules}: {}", refused.text());
    }
    assert_eq!(get(admin, "/limits/rules").await.json(), json!([]));
}

#[tokio::test]
async fn objects_in_a_scope_are_separate_from_those_outside() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let (client, ingress) = (engine.client(), engine.ingress_addr().unwrap());
    let echo = |text: &str| call::<_, _, String>(&client, "echo", text.to_owned());
    let within = echo("within").scope("s").idempotency_key("once").await.unwrap();
    let without = echo("without").idempotency_key("once").await.unwrap();
    assert_ne!(within, without);
    assert_eq!(echo("other").scope("s").idempotency_key("once").await.unwrap(), within);
    assert_eq!(echo("other").idempotency_key("once").await.unwrap(), without);

    let path = "POST /restate/scope/s/send/Signup/k/run";
    let headers = [("x-restate-limit-key", "t/u"), ("content-type", "application/json")];
    let sent = request(ingress, path, &headers, b"\"x@y\"").await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    let id = sent.json()["invocationId"].clone();
    let lookup = async |body: Value| post(ingress, "/restate/lookup", &body.to_string()).await;
    let mut workflow =
        json!({ "target": "workflow", "workflowName": "Signup", "workflowKey": "k" });
    assert_eq!(lookup(workflow.clone()).await.status, 404);
    workflow["scope"] = "s".into();
    assert_eq!(lookup(workflow).await.json()["invocationId"], id);
    let confirmed = signup::<_, _, ()>(&client, "k", "confirm", "42".to_owned()).scope("s");
    confirmed.await.unwrap();
    let id: InvocationId = id.as_str().unwrap().into();
    assert!(client.invocation(&id).attach::<String>().await.unwrap().contains("42"));

    let admin = engine.admin_addr().unwrap();
    let put = "PUT /services/Signup/state/k/color?scope=s";
    assert_eq!(request(admin, put, &[], b"7").await.status, 200);
    let state = async |path| get(admin, path).await.json()["state"]["color"].clone();
    assert_eq!(state("/services/Signup/state/k?scope=s").await, json!(7));
    assert_eq!(state("/services/Signup/state/k").await, Value::Null);
}

#[tokio::test]
async fn invalid_scopes_and_limit_keys_are_refused() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let ingress = engine.ingress_addr().unwrap();
    for (path, limit_key, reason) in [
        ("/restate/scope/a%20b/call/Worker/echo", "a", "scope `a b` is invalid"),
        ("/restate/scope/s/call/Worker/echo", "a/b/c", "limit key `a/b/c` is invalid"),
        ("/restate/call/Worker/echo", "a", "needs a scope"),
        ("/restate/call/Worker/echo?limit-key=a", "", "limit key `` is invalid"),
        ("/restate/scope/s/call/Counter/k/add", "a", "`Counter` is an object"),
    ] {
        let headers = [("x-restate-limit-key", limit_key)];
        let refused = request(ingress, &format!("POST {path}"), &headers, b"\"x\"").await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text());
        assert!(refused.text().contains(reason), "{path}: {}", refused.text());
    }
    let refused = post(ingress, "/restate/call/Worker/echo?limit-key=a", "\"x\"").await;
    assert!(refused.text().contains("needs a scope"), "{}", refused.text());
    let call = call::<_, _, String>(&engine.client(), "echo", "x".to_owned()).scope("a b");
    let Err(ClientError::Failed(error)) = call.await else { unreachable!("must be refused") };
    assert_eq!(error.code(), 400);
}
