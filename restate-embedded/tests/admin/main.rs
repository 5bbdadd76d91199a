//! The admin interface over a socket: queries, operations, refusals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod control;
mod listing;
mod state;
#[path = "../support/mod.rs"]
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
