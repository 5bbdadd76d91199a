//! Fields with `debug_redact`: where people look, their values are not shown.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

#[allow(missing_docs, missing_debug_implementations, unreachable_pub, reason = "it is generated")]
pub mod secrets {
    include!("../../restate-codegen/tests/golden/secrets.v1.rs");
}

use std::path::Path;

use restate_core::{
    HandlerResult, ObjectContext, Service, TerminalError,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{Engine, testing::TestEngine};
use secrets::{
    Accounts, AccountsClient, AccountsServer, OpenRequest, OpenResponse,
    open_request::{Owner, Proof},
};
use serde_json::{Value, json};
use support::{
    World, counter,
    http::{get, post},
};

struct Bank;

impl Accounts for Bank {
    async fn open(
        &self,
        ctx: ObjectContext<'_>,
        request: OpenRequest,
    ) -> HandlerResult<OpenResponse> {
        ctx.set("request", request.clone());
        let token: String = ctx.run(|| async { Ok("secret-token".to_owned()) }).await?;
        match request.codes.is_empty() {
            true => Ok(OpenResponse { token, request: Some(request) }),
            false => Err(TerminalError::new("no codes, please").with_detail(&request).into()),
        }
    }
}

/// The same handler as it was before the contract, for requests that it cannot read.
struct Texts;

impl Service for Texts {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "secrets.v1.Accounts",
            &[HandlerDescriptor::exclusive::<String, String>("Open")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|_: ObjectContext<'a>, text: String| async { HandlerResult::Ok(text) })
    }
}

fn request(codes: &[&str]) -> OpenRequest {
    OpenRequest {
        account: "a-1".to_owned(),
        password: "secret-password".to_owned(),
        owner: Some(Owner { name: "Ann".to_owned(), address: "secret-street".to_owned() }),
        proof: Some(Proof::Signature("secret-signature".into())),
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        ..OpenRequest::default()
    }
}

async fn start(directory: &Path) -> Engine {
    let builder = World::default().engine().bind(AccountsServer::new(Bank)).data_dir(directory);
    builder.admin("127.0.0.1:0").start().await.unwrap()
}

/// What the admin interface answers, which has no secrets.
async fn shown(engine: &Engine, path: &str) -> Value {
    let response = get(engine.admin_addr().unwrap(), path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    assert!(!response.text().contains("secret-"), "{path}: {}", response.text());
    response.json()
}

async fn sql(engine: &Engine, query: &str) -> Value {
    let query = json!({ "query": query }).to_string();
    let response = post(engine.admin_addr().unwrap(), "/query", &query).await;
    assert!(!response.text().contains("secret-"), "{}", response.text());
    response.json()
}

/// Opens an account; the id of the invocation.
async fn open(engine: &Engine, key: &str, codes: &[&str]) -> String {
    let request = OpenRequest { account: key.to_owned(), ..request(codes) };
    let opened = AccountsClient::new(engine.client()).open(request).one_way().await.unwrap();
    // Those with codes fail.
    drop(opened.attach::<OpenResponse>().await);
    opened.invocation_id().to_string()
}

#[tokio::test]
async fn journals_and_state_do_not_show_them() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let id = open(&engine, "a-1", &[]).await;
    let journal = shown(&engine, &format!("/invocations/{id}/journal")).await;
    let input = &journal["entries"][0]["value"];
    assert_eq!(input["account"], "a-1", "{journal}");
    assert_eq!(input["password"], "[redacted]", "{journal}");
    assert_eq!(input["owner"], json!({ "name": "Ann", "address": "[redacted]" }), "{journal}");
    assert_eq!(input["signature"], "[redacted]", "{journal}");
    let [set, completion] = [&journal["entries"][1], &journal["entries"][3]];
    assert_eq!((&set["type"], &set["value"]), (&json!("SetStateCommand"), &json!("[redacted]")));
    assert_eq!(completion["value"], "[redacted]", "a run step has a type that only its code knows");
    assert_eq!(journal["result"]["value"]["token"], "[redacted]", "{journal}");
    assert_eq!(journal["result"]["value"]["request"]["account"], "a-1", "{journal}");
    let state = shown(&engine, "/services/secrets.v1.Accounts/state/a-1").await;
    assert_eq!(state["state"], json!({ "request": "[redacted]" }));

    let _: i64 = counter(&engine.client(), "k", "add", 2_i64).await.unwrap();
    let state = shown(&engine, "/services/Counter/state/k").await;
    assert_eq!(state["state"], json!({ "total": 2 }), "of a service without such fields");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn details_of_failures_do_not_show_them() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let id = open(&engine, "a-1", &["secret-code"]).await;
    let journal = shown(&engine, &format!("/invocations/{id}/journal")).await;
    let failure = &journal["result"]["failure"];
    assert_eq!(failure["message"], "no codes, please", "{journal}");
    let metadata = failure["metadata"].as_object().unwrap();
    assert!(!metadata.is_empty() && metadata.values().all(|it| it == "[redacted]"), "{journal}");
    assert_eq!(shown(&engine, &format!("/invocations/{id}")).await["status"], "failed");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn sql_does_not_read_them() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    open(&engine, "a-1", &[]).await;
    open(&engine, "a-2", &["secret-code"]).await;
    let found = sql(&engine, "SELECT name, hex(value) AS value FROM main.state").await;
    assert_eq!(found["rows"][0], json!({ "name": "request", "value": "" }));
    assert_eq!(found["hidden"], json!(["state.value"]));
    let found = sql(&engine, "SELECT output, failure, input FROM completed").await;
    assert_eq!(found["rows"][0], json!({ "output": null, "failure": null, "input": null }));
    let disguised = "WITH invocations_completed AS (SELECT hex(failure) AS f FROM completed) \
                     SELECT f FROM invocations_completed";
    let found = sql(&engine, disguised).await;
    assert_eq!(found["hidden"], json!(["completed.failure"]), "{found}");
    let found = sql(&engine, "SELECT status FROM invocations ORDER BY key").await;
    assert_eq!(found["rows"], json!([{ "status": "succeeded" }, { "status": "failed" }]));
    for text in ["a-1", "secret-", "Ann"] {
        let found = shown(&engine, &format!("/invocations?text={text}")).await;
        let found = found["invocations"].as_array().unwrap();
        // Each is in the requests, and one is a key as well.
        assert_eq!(found.len(), usize::from(text == "a-1"), "{text}: {found:?}");
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn tables_of_restate_do_not_show_them() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    open(&engine, "a-1", &[]).await;
    open(&engine, "a-2", &["secret-code"]).await;
    let found = sql(&engine, "SELECT entry_json FROM sys_journal WHERE \"index\" = 0").await;
    let entry = found["rows"][0]["entry_json"].as_str().unwrap();
    assert!(entry.contains("a-1") && entry.contains("[redacted]"), "{entry}");
    let found = sql(&engine, "SELECT * FROM sys_invocation ORDER BY target_service_key").await;
    assert_eq!(found["rows"][1]["completion_failure"], "no codes, please", "{found}");
    let names = sql(&engine, "SELECT key, key_length FROM state LIMIT 1").await;
    assert_eq!(names["rows"], json!([{ "key": "request", "key_length": 7 }]));
    for column in ["value", "value_utf8", "value_length", "*"] {
        let refused = sql(&engine, &format!("SELECT {column} FROM state")).await;
        let message = refused["message"].as_str().unwrap_or_else(|| panic!("{column}: {refused}"));
        assert!(message.contains("`secrets.v1.Accounts` are not shown"), "{message}");
    }
    let _: i64 = counter(&engine.client(), "k", "add", 2_i64).await.unwrap();
    let found = sql(&engine, "SELECT value FROM state WHERE service_name = 'Counter'").await;
    assert_eq!(found["rows"], json!([{ "value": 2 }]), "of a service without such fields");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_engine_without_the_services_does_not_show_them() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let id = open(&engine, "a-1", &[]).await;
    engine.shutdown().await.unwrap();

    let builder = Engine::builder().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = builder.start().await.unwrap();
    let journal = shown(&engine, &format!("/invocations/{id}/journal")).await;
    assert_eq!(journal["entries"][0]["value"], "[redacted]", "{journal}");
    assert_eq!(journal["result"]["value"], "[redacted]", "{journal}");
    let state = shown(&engine, "/services/secrets.v1.Accounts/state/a-1").await;
    assert_eq!(state["state"], json!({ "request": "[redacted]" }));
    assert_eq!(
        sql(&engine, "SELECT value FROM main.state").await["hidden"],
        json!(["state.value"])
    );
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::builder().bind(Texts).data_dir(directory.path()).start().await.unwrap();
    let target = restate_core::Target::object("secrets.v1.Accounts", "a-1", "Open");
    let call = restate_core::Call::<_, String, String>::new(
        &engine.client(),
        target,
        "secret-text".to_owned(),
    );
    let sent = call.one_way().await.unwrap();
    assert_eq!(sent.attach::<String>().await.unwrap(), "secret-text");
    let id = sent.invocation_id().to_string();
    engine.shutdown().await.unwrap();

    let engine = start(directory.path()).await;
    let journal = shown(&engine, &format!("/invocations/{id}/journal")).await;
    assert_eq!(journal["entries"][0]["value"], "[redacted]", "{journal}");
    assert_eq!(journal["result"]["value"], "[redacted]", "{journal}");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn recordings_are_printed_without_them() {
    let test = TestEngine::builder().bind(AccountsServer::new(Bank)).start().await;
    AccountsClient::new(test.client()).open(request(&[])).await.unwrap();
    let recording = test.recordings("secrets.v1.Accounts/Open").await.remove(0);
    assert!(!recording.to_string().contains("secret-"), "{recording}");
    assert!(recording.to_string().contains(r#""password":"[redacted]""#), "{recording}");
    test.replay().await.unwrap();
}
