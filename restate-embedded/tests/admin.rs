//! The admin interface over a socket: queries, operations, refusals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{net::SocketAddr, time::Duration};

use restate_embedded::{ClientError, Engine, EngineBuildError, InvocationId};
use serde_json::{Value, json};
use support::{
    World, call, counter,
    http::{get, post, request},
    signup,
};
use tempfile::TempDir;

const JSON: (&str, &str) = ("content-type", "application/json");

struct Setup {
    world: World,
    engine: Engine,
    admin: SocketAddr,
    _directory: TempDir,
}

async fn start() -> Setup {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.journal_retention(Duration::from_secs(60)).start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    Setup { world, engine, admin, _directory: directory }
}

impl Setup {
    /// Starts a handler, and returns once it waits at the gate.
    async fn gated(&self, text: &str) -> InvocationId {
        let sent = call::<_, _, String>(&self.engine.client(), "gated", text.to_owned()).one_way();
        let id = sent.await.unwrap().invocation_id().clone();
        self.world.until(&format!("waiting {text}")).await;
        id
    }

    async fn show(&self, path: &str) -> Value {
        let response = get(self.admin, path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.json()
    }

    async fn patch(&self, path: &str) -> (u16, Value) {
        let response = request(self.admin, &format!("PATCH {path}"), &[], b"").await;
        (response.status, response.json())
    }

    async fn status(&self, id: &InvocationId) -> Value {
        self.show(&format!("/invocations/{id}")).await["status"].clone()
    }

    async fn failure(&self, id: &InvocationId) -> (u16, String) {
        let attached = self.engine.client().invocation(id).attach::<String>().await;
        let Err(ClientError::Failed(error)) = attached else {
            unreachable!("must fail: {attached:?}")
        };
        (error.code(), error.message().to_owned())
    }
}

#[tokio::test]
async fn health_readiness_version_and_services_are_shown() {
    let setup = start().await;
    assert_eq!(setup.show("/health").await["status"], "healthy");
    assert_eq!(setup.show("/ready").await["status"], "ready");
    assert_eq!(setup.show("/version").await["version"], env!("CARGO_PKG_VERSION"));
    let names: Vec<Value> = setup.show("/services").await["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| json!([service["name"], service["ty"]]))
        .collect();
    let expected =
        json!([["Counter", "VirtualObject"], ["Signup", "Workflow"], ["Worker", "Service"]]);
    assert_eq!(json!(names), expected);
    assert_eq!(setup.show("/services/Counter").await["handlers"][0]["ty"], "Exclusive");
    let paths = setup.show("/services/Counter/openapi").await["paths"].clone();
    assert!(paths["/Counter/{key}/add"]["post"].is_object(), "{paths}");
    assert!(setup.show("/openapi").await["paths"]["/Worker/echo/send"].is_object());
}

/// Restate's command line asks for each path below the newest version that both know.
#[tokio::test]
async fn paths_may_have_a_version_of_the_admin_interface() {
    let setup = start().await;
    let version = setup.show("/version").await;
    assert_eq!(version["min_admin_api_version"], 2);
    assert_eq!(version["max_admin_api_version"], 4);
    assert_eq!(version["features"], json!({}));
    for before in ["/v2", "/v3", "/v4"] {
        assert_eq!(setup.show(&format!("{before}/version")).await, version);
    }
    let id = setup.gated("x").await;
    let query = json!({ "query": "SELECT target FROM invocations" }).to_string();
    let accept = ("accept", "application/json");
    let rows =
        request(setup.admin, "POST /v4/query", &[JSON, accept], query.as_bytes()).await.json();
    assert_eq!(rows["rows"], json!([{ "target": "Worker/gated" }]));
    assert_eq!(setup.patch(&format!("/v4/invocations/{id}/kill")).await.0, 200);
    for unknown in ["/v1/version", "/v5/version", "/v4", "/v4/v4/version"] {
        assert_eq!(get(setup.admin, unknown).await.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn invocations_are_listed_by_their_properties() {
    let setup = start().await;
    let id = setup.gated("x").await;
    let client = setup.engine.client();
    let _: i64 = counter(&client, "k", "add", 1_i64).idempotency_key("once").await.unwrap();
    let later = call::<_, _, String>(&client, "echo", "late".to_owned());
    later.delayed(Duration::from_secs(3600)).await.unwrap();
    for (filter, targets) in [
        ("", &["Worker/echo", "Counter/k/add", "Worker/gated"][..]),
        ("?service=Worker", &["Worker/echo", "Worker/gated"]),
        ("?service=Worker&handler=gated", &["Worker/gated"]),
        ("?key=k", &["Counter/k/add"]),
        ("?status=running", &["Worker/gated"]),
        ("?status=scheduled", &["Worker/echo"]),
        ("?status=succeeded", &["Counter/k/add"]),
        ("?status=paused", &[]),
        ("?older_than=1h", &[]),
        ("?newer_than=1h", &["Worker/echo", "Counter/k/add", "Worker/gated"]),
        ("?newer_than=0s", &[]),
        ("?order=oldest", &["Worker/gated", "Counter/k/add", "Worker/echo"]),
        ("?text=ONCE", &["Counter/k/add"]),
        ("?text=worker%2Fg", &["Worker/gated"]),
        ("?text=nowhere", &[]),
        ("?text=%25", &[]),
        (&format!("?text={}", &id.to_string()[20..]), &["Worker/gated"]),
        (&format!("?id={id}"), &["Worker/gated"]),
        ("?limit=1", &["Worker/echo"]),
    ] {
        let list = setup.show(&format!("/invocations{filter}")).await;
        let rows = list["invocations"].as_array().unwrap();
        let found: Vec<&Value> = rows.iter().map(|row| &row["target"]).collect();
        assert_eq!(json!(found), json!(targets), "{filter}");
    }
    assert_eq!(setup.status(&id).await, "running");
}

#[tokio::test]
async fn invocations_are_listed_page_by_page() {
    let setup = start().await;
    let client = setup.engine.client();
    for n in 0..4 {
        // Of each two, one completes and one keeps running.
        let key = format!("echo {n}");
        let echo = call::<_, _, String>(&client, "echo", key.clone()).idempotency_key(key);
        echo.await.unwrap();
        setup.gated(&n.to_string()).await;
    }
    let all = setup.show("/invocations").await["invocations"].as_array().unwrap().clone();
    let numbers: Vec<_> = all.iter().map(|row| row["created_at"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|newer, older| newer >= older), "{numbers:?}");
    let (mut paged, mut before) = (Vec::new(), String::new());
    loop {
        let page = setup.show(&format!("/invocations?limit=3{before}")).await;
        let rows = page["invocations"].as_array().unwrap();
        let Some(last) = rows.last() else { break };
        before = format!("&before={}", last["id"].as_str().unwrap());
        paged.extend(rows.iter().cloned());
    }
    assert_eq!((paged.len(), &paged), (8, &all));
    for wrong in ["before=nope", "after=nope", "order=size", "scan=0", "id=a,b"] {
        let refused = get(setup.admin, &format!("/invocations?{wrong}")).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text());
    }
}

#[tokio::test]
async fn a_search_ends_after_some_invocations_and_says_where_it_goes_on() {
    let setup = start().await;
    let client = setup.engine.client();
    for n in 0..10 {
        let key = format!("key {n}");
        let echo = call::<_, _, String>(&client, "echo", format!("say {n}"));
        echo.idempotency_key(key).await.unwrap();
    }
    for (order, cursor, text, pages) in [
        // The result, the last of all in this order.
        ("newest", "before", "SAY%200", 4),
        ("oldest", "after", "key%209", 4),
        ("newest", "before", "say", 5),
    ] {
        let (mut found, mut place, mut count) = (0, String::new(), 0);
        loop {
            let query = format!("scan=3&limit=2&order={order}&text={text}{place}");
            let page = setup.show(&format!("/invocations?{query}")).await;
            found += page["invocations"].as_array().unwrap().len();
            count += 1;
            let Some(next) = page["next"].as_str() else { break };
            place = format!("&{cursor}={next}");
        }
        let expected = if text == "say" { 10 } else { 1 };
        assert_eq!((found, count), (expected, pages), "{order} {text}");
    }
}

#[tokio::test]
async fn a_journal_is_shown_entry_by_entry() {
    let setup = start().await;
    let id = setup.gated("x").await;
    let journal = setup.show(&format!("/invocations/{id}/journal")).await;
    let types: Vec<&Value> =
        journal["entries"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
    assert_eq!(json!(types), json!(["InputCommand", "RunCommand", "RunCompletion"]));
    assert_eq!(journal["entries"][0]["value"], "x");
    setup.world.open_gate();
    let _: String = setup.engine.client().invocation(&id).attach().await.unwrap();
    let journal = setup.show(&format!("/invocations/{id}/journal")).await;
    assert_eq!(journal["result"], json!({ "value": "x" }));
    assert_eq!(journal["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_invocation_is_paused_resumed_cancelled_killed_and_purged() {
    let setup = start().await;
    let id = setup.gated("x").await;
    let act = async |what: &str| setup.patch(&format!("/invocations/{id}/{what}")).await.0;
    assert_eq!(act("pause").await, 200);
    assert_eq!(setup.status(&id).await, "paused");
    assert_eq!(act("pause").await, 409);
    assert_eq!(act("resume").await, 200);
    assert_eq!(setup.status(&id).await, "running");
    assert_eq!(act("resume").await, 409);
    assert_eq!(act("purge").await, 409);
    assert_eq!(act("kill").await, 200);
    assert_eq!(setup.failure(&id).await, (409, "killed".to_owned()));
    assert_eq!(setup.status(&id).await, "failed");
    assert_eq!(act("cancel").await, 409);
    assert_eq!(act("purge").await, 200);
    assert_eq!(act("purge").await, 404);

    let sleeper = call::<_, _, u64>(&setup.engine.client(), "sleep", 3_600_000_u64).one_way();
    let sleeper = sleeper.await.unwrap().invocation_id().clone();
    setup.world.until("asleep").await;
    assert_eq!(setup.patch(&format!("/invocations/{sleeper}/cancel")).await.0, 200);
    assert_eq!(setup.failure(&sleeper).await.0, 409);
}

#[tokio::test]
async fn a_kill_reaches_the_called_invocations() {
    let setup = start().await;
    let client = setup.engine.client();
    let caller = call::<_, _, String>(&client, "relay_gated", "x".to_owned()).one_way();
    let caller = caller.await.unwrap().invocation_id().clone();
    setup.world.until("waiting x").await;
    assert_eq!(setup.patch(&format!("/invocations/{caller}/kill")).await.0, 200);
    assert_eq!(setup.failure(&caller).await, (409, "killed".to_owned()));
    let left = setup.show("/invocations?status=running").await;
    assert_eq!(left["invocations"], json!([]));
}

#[tokio::test]
async fn many_invocations_are_killed_at_once() {
    let setup = start().await;
    let ids = [setup.gated("x").await, setup.gated("y").await];
    let (status, error) = setup.patch("/invocations/kill").await;
    assert_eq!(status, 400, "{error}");
    let (status, answer) = setup.patch("/invocations/kill?service=Worker&handler=gated").await;
    assert_eq!((status, answer["done"].as_array().unwrap().len()), (200, 2), "{answer}");
    for id in ids {
        assert_eq!(setup.failure(&id).await.0, 409);
    }
}

#[tokio::test]
async fn a_completed_invocation_is_restarted_as_a_new_one() {
    let setup = start().await;
    let client = setup.engine.client();
    let id = call::<_, _, String>(&client, "echo", "again".to_owned())
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    let _: String = client.invocation(&id).attach().await.unwrap();
    let (status, answer) = setup.patch(&format!("/invocations/{id}/restart-as-new")).await;
    assert_eq!(status, 200, "{answer}");
    let new: InvocationId = answer["new_invocation_id"].as_str().unwrap().into();
    assert_eq!(client.invocation(&new).attach::<String>().await.unwrap(), "again");
    assert_eq!(setup.world.lines(), ["echo again", "echo again"]);

    assert_eq!(setup.patch(&format!("/invocations/{id}/purge-journal")).await.0, 200);
    let (status, answer) = setup.patch(&format!("/invocations/{id}/restart-as-new")).await;
    assert_eq!(status, 410, "{answer}");
}

#[tokio::test]
async fn only_what_has_begun_and_is_no_workflow_is_restarted() {
    let setup = start().await;
    let client = setup.engine.client();
    let restart = async |id: &InvocationId| {
        let (status, answer) = setup.patch(&format!("/invocations/{id}/restart-as-new")).await;
        (status, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    let first = counter::<_, i64, i64>(&client, "k", "add_slowly", 1).one_way().await.unwrap();
    setup.world.until("adding 1").await;
    let second = counter::<_, i64, i64>(&client, "k", "add", 1).one_way().await.unwrap();
    let refused = restart(first.invocation_id()).await;
    assert!(refused.0 == 409 && refused.1.contains("it is not complete"), "{refused:?}");
    let refused = restart(second.invocation_id()).await;
    assert!(refused.0 == 425 && refused.1.contains("it has not begun"), "{refused:?}");

    let confirm = signup::<_, _, ()>(&client, "k", "confirm", "42".to_owned());
    let confirm = confirm.one_way().await.unwrap();
    confirm.attach::<()>().await.unwrap();
    let refused = restart(confirm.invocation_id()).await;
    assert!(refused.0 == 422 && refused.1.contains("one of a workflow"), "{refused:?}");
}

#[tokio::test]
async fn state_is_read_and_edited_while_no_handler_has_the_key() {
    let setup = start().await;
    let client = setup.engine.client();
    let _: i64 = counter(&client, "a/b", "add", 2_i64).await.unwrap();
    assert_eq!(setup.show("/services/Counter/state/a%2Fb").await["state"], json!({ "total": 2 }));
    let put = "PUT /services/Counter/state/a%2Fb/total";
    assert_eq!(request(setup.admin, put, &[], b"40").await.status, 200);
    let total: i64 = counter(&client, "a/b", "add", 2_i64).await.unwrap();
    assert_eq!(total, 42);
    let delete = "DELETE /services/Counter/state/a%2Fb/total";
    assert_eq!(request(setup.admin, delete, &[], b"").await.status, 200);
    assert_eq!(setup.show("/services/Counter/state/a%2Fb").await["state"], json!({}));

    let _sent = counter::<_, i64, i64>(&client, "a/b", "add_slowly", 1).one_way().await.unwrap();
    setup.world.until("adding 1").await;
    let refused = request(setup.admin, put, &[], b"1").await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}

#[tokio::test]
async fn sql_reads_and_does_not_write() {
    let setup = start().await;
    let () = signup(&setup.engine.client(), "k", "confirm", "42".to_owned()).await.unwrap();
    let sql = async |query: &str| {
        post(setup.admin, "/query", &json!({ "query": query }).to_string()).await
    };
    let found = sql("SELECT name, output FROM promise").await;
    assert_eq!(found.json()["rows"], json!([{ "name": "code", "output": "42" }]));
    for query in [
        "DELETE FROM promise",
        "SELECT nonsense",
        "ATTACH DATABASE 'other.sqlite' AS other",
        "",
        "CREATE TABLE t (x)",
    ] {
        let refused = sql(query).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
    }
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
    let setup = start().await;
    let unknown = "inv_10011223344556677889900aabbccddee";
    for (line, body, status, reason) in [
        ("GET /nowhere".to_owned(), "", 404, "no such route"),
        ("GET /services/No".to_owned(), "", 404, "no such service: `No`"),
        ("GET /services/No/openapi".to_owned(), "", 404, "no such service: `No`"),
        ("PUT /services/No/state/k/n".to_owned(), "", 404, "no such service: `No`"),
        ("POST /services".to_owned(), "", 405, "use GET"),
        ("GET /services?x=1".to_owned(), "", 400, "no query parameters"),
        ("GET /invocations?color=red".to_owned(), "", 400, "no such filter: `color`"),
        ("GET /invocations?status=red".to_owned(), "", 400, "no such status: `red`"),
        ("GET /invocations?limit=0".to_owned(), "", 400, "from 1 to"),
        ("GET /invocations?older_than=old".to_owned(), "", 400, "is not a duration"),
        ("GET /invocations/inv_1".to_owned(), "", 400, "not an invocation id"),
        (format!("GET /invocations/{unknown}"), "", 404, "no such invocation"),
        (format!("GET /invocations/{unknown}/journal"), "", 404, "no such invocation"),
        (format!("PATCH /invocations/{unknown}/kill"), "", 404, "no such invocation"),
        (format!("PATCH /invocations/{unknown}/restart-as-new"), "", 404, "no such invocation"),
        (format!("PATCH /invocations/{unknown}/restart-as-new?to=3"), "", 400, "parameter: `to=3`"),
        (format!("PATCH /invocations/{unknown}/restart-as-new?from=-1"), "", 400, "not the index"),
        (format!("PATCH /invocations/{unknown}/hug"), "", 404, "no such route"),
        (format!("GET /invocations/{unknown}/kill"), "", 405, "use PATCH or POST"),
        ("POST /query".to_owned(), "SELECT 1", 400, "not of the form"),
        ("GET /services/%ff".to_owned(), "", 400, "not UTF-8"),
        ("GET /services/No/state/k".to_owned(), "", 404, "no such service: `No`"),
        (
            "GET /services/Worker/state/k".to_owned(),
            "",
            400,
            "only objects and workflows have state",
        ),
        (
            "PUT /services/Worker/state/k/n".to_owned(),
            "",
            400,
            "only objects and workflows have state",
        ),
        ("DELETE /services/Counter/state//n".to_owned(), "", 400, "the key is empty"),
        (format!("PUT /services/Counter/state/{}/n", "k".repeat(1025)), "", 400, "at most 1024"),
        ("GET /services/Counter/state/k?scope=a%20b".to_owned(), "", 400, "of the form `scope="),
        ("GET /services/Counter/state/k?x=1".to_owned(), "", 400, "of the form `scope="),
        ("POST /limits/rules/bulk-delete".to_owned(), "{}", 400, "not a list of rules"),
        ("POST /limits/rules/bulk-delete".to_owned(), "[{\"x\":1}]", 400, "not a field of a rule"),
        ("PATCH /invocations/kill?limit=all".to_owned(), "", 400, "from 1 to"),
        ("PATCH /invocations/kill?older_than=-1s".to_owned(), "", 400, "is not a duration"),
    ] {
        let response = request(setup.admin, &line, &[JSON], body.as_bytes()).await;
        assert_eq!(response.status, status, "{line}: {}", response.text());
        assert!(response.text().contains(reason), "{line}: {}", response.text());
        assert_eq!(response.json()["source"], "admin", "{line}");
        assert_eq!(response.header("x-restate-error-source"), Some("admin"), "{line}");
    }
}

/// Restate's web interface sends lists.
#[tokio::test]
async fn invocations_of_a_list_are_controlled_one_by_one() {
    let setup = start().await;
    let first = setup.gated("x").await.to_string();
    let second = setup.gated("y").await.to_string();
    let missing = "inv_1dPAHTdm5XwG0000000000000000000000";
    let ask = async |operation: &str, body: Value| {
        let path = format!("/internal/invocations_batch_operations/{operation}");
        let answer = post(setup.admin, &path, &body.to_string()).await;
        (answer.status, answer.json())
    };
    let ids = json!({ "invocation_ids": [first, missing, second] });
    let (status, killed) = ask("kill", ids.clone()).await;
    assert_eq!((status, &killed["succeeded"]), (200, &json!([first, second])), "{killed}");
    assert_eq!(killed["failed"][0]["invocation_id"], missing, "{killed}");
    for on in [None, Some("latest"), Some("keep"), Some("dp_10000000000000000000000")] {
        let mut ids = ids.clone();
        ids["deployment"] = on.into();
        let (_, restarted) = ask("restart-as-new", ids).await;
        assert_eq!(restarted["succeeded"].as_array().unwrap().len(), 2, "{on:?}: {restarted}");
        assert_eq!(restarted["failed"][0]["invocation_id"], missing, "{on:?}: {restarted}");
    }
    let (_, resumed) = ask("resume", ids).await;
    assert_eq!(resumed["failed"].as_array().unwrap().len(), 3, "{resumed}");
    for (operation, body, reason) in [
        ("kill", json!({}), "not of the form"),
        ("kill", json!({ "invocation_ids": ["x"] }), "`x`"),
        ("kill", json!({ "invocation_ids": vec![missing; 1001] }), "at most 1000"),
        (
            "kill",
            json!({ "invocation_ids": [], "deployment": "latest" }),
            "only for `resume` and `restart-as-new`",
        ),
        (
            "restart-as-new",
            json!({ "invocation_ids": [], "deployment": "dp_10000000000000000000001" }),
            "no such deployment",
        ),
        (
            "resume",
            json!({ "invocation_ids": [], "deployment": "x" }),
            "`latest`, `keep`, or an id",
        ),
    ] {
        let (status, answer) = ask(operation, body).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(reason), "{answer}");
    }
}

#[tokio::test]
async fn the_state_of_an_object_is_replaced_if_it_has_not_changed() {
    let setup = start().await;
    let path = "/services/Counter/state";
    let replace = async |body: Value| {
        let answer = post(setup.admin, path, &body.to_string()).await;
        (answer.status, answer.text().to_owned())
    };
    // The version of no state.
    let none = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let body =
        json!({ "object_key": "k", "new_state": { "total": [52, 50], "a": [] }, "version": none });
    assert_eq!(replace(body.clone()).await.0, 202);
    let (status, refused) = replace(body).await;
    assert_eq!(status, 409);
    assert!(refused.contains("the state has changed"), "{refused}");
    let shown = setup.show("/services/Counter/state/k").await;
    assert_eq!(shown["state"], json!({ "total": 42, "a": "" }));
    assert_eq!(replace(json!({ "object_key": "k", "new_state": { "b": [49] } })).await.0, 202);
    assert_eq!(setup.show("/services/Counter/state/k").await["state"], json!({ "b": 1 }));
    for (body, reason) in [
        (json!({ "new_state": {} }), "`object_key` is missing"),
        (json!({ "object_key": "k" }), "`new_state` is not an object"),
        (json!({ "object_key": "k", "new_state": { "a": "text" } }), "no list of bytes"),
        (json!({ "object_key": "k", "new_state": {}, "color": 1 }), "`color` is not a field"),
        (json!({ "object_key": "k", "new_state": {}, "scope": "a/b" }), "is not a scope"),
    ] {
        let (status, answer) = replace(body).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains(reason), "{answer}");
    }
}

#[tokio::test]
async fn every_route_names_the_methods_and_the_query_that_it_takes() {
    let setup = start().await;
    let id = "inv_10011223344556677889900aabbccddee";
    for (path, allowed) in [
        ("/health", "GET"),
        ("/ready", "GET"),
        ("/version", "GET"),
        ("/openapi", "GET"),
        ("/services", "GET"),
        ("/services/Counter", "GET or PATCH"),
        ("/services/Counter/state", "POST"),
        ("/services/Counter/handlers/add/invoke", "POST"),
        ("/internal/invocations_batch_operations/kill", "POST"),
        ("/internal/invocations_batch_operations/restart-as-new", "POST"),
        ("/services/Counter/openapi", "GET"),
        ("/services/Counter/state/k", "GET"),
        ("/services/Counter/state/k/n", "PUT or DELETE"),
        ("/invocations", "GET"),
        (&format!("/invocations/{id}"), "GET"),
        (&format!("/invocations/{id}/journal"), "GET"),
        (&format!("/invocations/{id}/restart-as-new"), "PATCH or POST"),
        (&format!("/invocations/{id}/cancel"), "PATCH or POST"),
        ("/invocations/cancel?limit=1", "PATCH or POST"),
        ("/limits/rules", "GET or PUT"),
        ("/limits/rules/bulk-delete", "POST"),
        ("/query", "POST"),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if allowed.split(" or ").any(|allowed| allowed == method) {
                continue;
            }
            let refused = request(setup.admin, &format!("{method} {path}"), &[JSON], b"").await;
            assert_eq!(refused.status, 405, "{method} {path}: {}", refused.text());
            if method != "HEAD" {
                assert!(refused.text().contains(&format!("use {allowed}")), "{}", refused.text());
            }
        }
        let method = allowed.split(' ').next().unwrap();
        let line = match path.split_once('?') {
            Some((path, _)) => format!("{method} {path}?color=red"),
            None => format!("{method} {path}?color=red"),
        };
        let refused = request(setup.admin, &line, &[JSON], b"").await;
        assert_eq!(refused.status, 400, "{line}: {}", refused.text());
        assert!(refused.text().contains("color"), "{line}: {}", refused.text());
    }
    for word in ["", "/journal", "/restart-as-new", "/cancel", "/kill", "/pause", "/resume"] {
        let method = if matches!(word, "" | "/journal") { "GET" } else { "PATCH" };
        let line = format!("{method} /invocations/inv_x{word}");
        let refused = request(setup.admin, &line, &[JSON], b"").await;
        assert_eq!(refused.status, 400, "{line}: {}", refused.text());
        assert!(refused.text().contains("not an invocation id"), "{}", refused.text());
    }
}

#[tokio::test]
async fn an_engine_listens_only_on_addresses_it_was_given() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).start().await.unwrap();
    assert_eq!((engine.ingress_addr(), engine.admin_addr()), (None, None));
    for address in ["localhost", "9070", "127.0.0.1", ""] {
        let refused = world.engine().in_memory().admin(address).start().await.unwrap_err();
        assert!(refused.to_string().contains("is not a host and a port"), "{address}: {refused}");
    }
}

#[tokio::test]
async fn listeners_that_are_already_bound_are_used() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let ingress = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let expected = (ingress.local_addr().ok(), admin.local_addr().ok());
    let engine = world.engine().data_dir(directory.path()).ingress(ingress).admin(admin);
    let engine = engine.start().await.unwrap();
    assert_eq!((engine.ingress_addr(), engine.admin_addr()), expected);
    assert_eq!(get(expected.1.unwrap(), "/health").await.status, 200);
}

#[tokio::test]
async fn an_engine_in_memory_has_no_admin_interface() {
    let world = World::default();
    let refused = world.engine().in_memory().admin("127.0.0.1:0").start().await.unwrap_err();
    assert!(matches!(refused, EngineBuildError::AdminWithoutDirectory), "{refused}");
}
