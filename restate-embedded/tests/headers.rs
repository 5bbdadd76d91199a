//! Headers with secrets: who sees them, and where they are stored.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{fs, net::SocketAddr, path::Path};

use restate_core::{Context, HandlerResult, Settings};
use restate_embedded::{Engine, EngineBuildError};
use serde_json::{Value, json};
use support::http::{Response, get, post, request};
use tempfile::TempDir;

#[restate_core::service]
trait Bank {
    /// The headers that it sees.
    async fn plain(&self, ctx: Context<'_>) -> HandlerResult<String>;

    /// The same, and it has asked for some.
    #[handler(keep_headers("Authorization", "x-api-key"))]
    async fn keeping(&self, ctx: Context<'_>) -> HandlerResult<String>;

    /// What the two see when this handler calls them with secrets.
    async fn relay(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

struct OpenBank;

impl Bank for OpenBank {
    async fn plain(&self, ctx: Context<'_>) -> HandlerResult<String> {
        Ok(seen(ctx))
    }

    async fn keeping(&self, ctx: Context<'_>) -> HandlerResult<String> {
        Ok(seen(ctx))
    }

    async fn relay(&self, ctx: Context<'_>) -> HandlerResult<String> {
        let client = BankClient::new(ctx);
        let plain = client.plain().header("cookie", "c0").header("x-tenant", "t").await?;
        let keeping = client.keeping().header("Authorization", "a0").await?;
        let sent = client.plain().header("cookie", "c0").one_way().await?;
        Ok(format!("{plain} {keeping} {}", sent.attach::<String>().await?))
    }
}

/// The headers that a handler sees, without those that a client adds by itself.
fn seen(ctx: Context<'_>) -> String {
    let known = ["authorization", "cookie", "proxy-authorization", "x-api-key", "x-tenant"];
    let is_known = |name: &str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
    let seen = ctx.headers().filter(|(name, _)| is_known(name));
    seen.map(|(name, value)| format!("{name}={value};")).collect()
}

const SENT: [(&str, &str); 5] = [
    ("authorization", "secret-a"),
    ("cookie", "secret-c"),
    ("proxy-authorization", "secret-p"),
    ("x-api-key", "secret-k"),
    ("x-tenant", "public-t"),
];

struct Setup {
    engine: Engine,
    ingress: SocketAddr,
    admin: SocketAddr,
    directory: TempDir,
}

async fn start() -> Setup {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::builder().bind(BankServer::new(OpenBank)).data_dir(directory.path());
    let engine = engine.sensitive_headers(["X-Api-Key"]).ingress("127.0.0.1:0");
    let engine = engine.admin("127.0.0.1:0").start().await.unwrap();
    let (ingress, admin) = (engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    Setup { engine, ingress, admin, directory }
}

impl Setup {
    async fn call(&self, handler: &str) -> Response {
        let headers = [&SENT[..], &[("idempotency-key", handler)]].concat();
        request(self.ingress, &format!("POST /Bank/{handler}"), &headers, b"").await
    }

    async fn journal(&self, response: &Response) -> Value {
        let id = response.header("x-restate-id").unwrap();
        get(self.admin, &format!("/invocations/{id}/journal")).await.json()
    }
}

/// Whether a text is in the files of a data directory.
fn is_stored(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn secrets_are_neither_seen_nor_stored() {
    let setup = start().await;
    let response = setup.call("plain").await;
    assert_eq!(response.json(), "x-tenant=public-t;");
    assert_eq!(setup.journal(&response).await["entries"][0]["headers"]["x-tenant"], "public-t");
    assert!(
        is_stored(setup.directory.path(), "public-t"),
        "the file that is searched has the input"
    );
    assert!(!is_stored(setup.directory.path(), "secret-"));
    setup.engine.shutdown().await.unwrap();
    assert!(!is_stored(setup.directory.path(), "secret-"));
}

#[tokio::test]
async fn a_handler_that_asks_for_secrets_sees_them_and_people_do_not() {
    let setup = start().await;
    let response = setup.call("keeping").await;
    let expected = "authorization=secret-a;x-api-key=secret-k;x-tenant=public-t;";
    assert_eq!(response.json(), expected);
    assert!(is_stored(setup.directory.path(), "secret-a"));
    assert!(!is_stored(setup.directory.path(), "secret-c"), "a header that was not asked for");

    let headers = &setup.journal(&response).await["entries"][0]["headers"];
    assert_eq!(headers["authorization"], "[redacted]");
    assert_eq!(headers["x-api-key"], "[redacted]");
    assert_eq!(headers["x-tenant"], "public-t");
    for table in ["completed", "journal"] {
        let query = json!({ "query": format!("SELECT * FROM {table}") }).to_string();
        let rows = post(setup.admin, "/query", &query).await.json();
        let column = if table == "completed" { "input" } else { "frames" };
        assert_eq!(rows["rows"][0].get(column).unwrap_or(&Value::Null), &Value::Null, "{rows}");
        assert_eq!(rows["hidden"], json!([format!("{table}.{column}")]), "{rows}");
    }
    setup.engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn callers_in_the_process_are_treated_like_others() {
    let setup = start().await;
    let client = BankClient::new(setup.engine.client());
    let seen = client.plain().header("Authorization", "a").header("x-tenant", "t").await.unwrap();
    assert_eq!(seen, "x-tenant=t;");
    let seen = client.keeping().header("AUTHORIZATION", "a").header("cookie", "c").await.unwrap();
    assert_eq!(seen, "AUTHORIZATION=a;");
    assert_eq!(client.relay().await.unwrap(), "x-tenant=t; Authorization=a0; ");
    setup.engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn where_a_service_is_bound_decides_as_well() {
    let keeping = Settings::new().keep_headers(&["cookie"]);
    let builder = Engine::builder().bind_with(BankServer::new(OpenBank), keeping).in_memory();
    let engine = builder.start().await.unwrap();
    let client = BankClient::new(engine.client());
    assert_eq!(client.plain().header("cookie", "c").await.unwrap(), "cookie=c;");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_name_that_no_such_header_has_is_refused_at_the_start() {
    let builder = Engine::builder().in_memory().sensitive_headers(["content-type"]);
    let error = builder.start().await.unwrap_err();
    assert!(matches!(error, EngineBuildError::InvalidHeader { .. }), "{error}");
    assert!(error.to_string().contains("`content-type` cannot be"), "{error}");
}
