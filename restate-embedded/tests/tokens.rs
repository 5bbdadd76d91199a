//! Tokens of clients, and what needs them: who may do what, and who has done it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use restate_embedded::{Engine, EngineBuildError, EngineBuilder, Tokens};
use restate_ingress::{IngressClient, IngressClientBuilder, IngressError};
use support::{
    World, call, counter,
    http::{Response, request},
};
use tempfile::TempDir;

const READER: &str = "reader-0123456789";
const WRITER: &str = "writer-0123456789";
const JSON: (&str, &str) = ("content-type", "application/json");

struct Setup {
    _engine: Engine,
    ingress: SocketAddr,
    admin: SocketAddr,
    directory: TempDir,
}

fn write(path: &Path, reader: &str, writer: &str) {
    std::fs::write(path, format!("# both\nann read {reader}\nbob change {writer}\n")).unwrap();
}

async fn start(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Setup {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let path = directory.path().join("tokens");
    write(&path, READER, WRITER);
    let builder = world.engine().data_dir(directory.path().join("data"));
    let builder = builder.ingress("127.0.0.1:0").admin("127.0.0.1:0");
    let builder = builder.ingress_tokens(Tokens::file(&path)).admin_tokens(Tokens::file(&path));
    let engine = configure(builder).start().await.unwrap();
    let (ingress, admin) = (engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    Setup { _engine: engine, ingress, admin, directory }
}

impl Setup {
    fn client(&self, token: &str) -> IngressClientBuilder {
        let client = IngressClient::builder(format!("http://{}", self.ingress));
        client.admin(format!("http://{}", self.admin)).bearer_token(token)
    }
}

async fn send(address: SocketAddr, line: &str, token: &str, body: &str) -> Response {
    let bearer = format!("Bearer {token}");
    let headers = [JSON, ("authorization", &bearer)];
    request(address, line, if token.is_empty() { &[JSON] } else { &headers }, body.as_bytes()).await
}

const QUERY: &str = "{\"query\":\"SELECT 1\"}";

#[tokio::test]
async fn a_token_permits_reading_or_changing() {
    let setup = start(|builder| builder).await;
    let (ingress, admin) = (setup.ingress, setup.admin);
    for (address, line, body, anyone, reader) in [
        (ingress, "GET /restate/health", "", 200, 200),
        (admin, "GET /health", "", 200, 200),
        (admin, "GET /ready", "", 200, 200),
        (admin, "GET /ui", "", 200, 200),
        (admin, "GET /ui/main.js", "", 200, 200),
        (admin, "POST /ui", "", 401, 403),
        (admin, "GET /uis", "", 401, 404),
        (ingress, "GET /ui", "", 401, 404),
        (ingress, "GET /Counter/k/get", "", 401, 200),
        (ingress, "GET /restate/workflow/Signup/k/output", "", 401, 404),
        (ingress, "POST /Worker/echo", "\"x\"", 401, 403),
        (ingress, "POST /Counter/k/get", "", 401, 403),
        (ingress, "POST /restate/lookup", "{}", 401, 403),
        (ingress, "POST /health", "", 401, 403),
        (ingress, "POST /query", "", 401, 403),
        (admin, "GET /invocations", "", 401, 200),
        (admin, "POST /query", QUERY, 401, 200),
        (admin, "POST /v4/query", QUERY, 401, 200),
        (admin, "GET /v4/health", "", 200, 200),
        (ingress, "GET /v4/health", "", 401, 404),
        (admin, "PATCH /invocations/kill?limit=1", "", 401, 403),
        (admin, "POST /invocations/purge?limit=1", "", 401, 403),
        (admin, "PUT /services/Counter/state/k/total", "1", 401, 403),
        (admin, "DELETE /services/Counter/state/k/total", "", 401, 403),
        (admin, "PUT /limits/rules", "[]", 401, 403),
        (admin, "GET /nowhere", "", 401, 404),
    ] {
        for (token, status) in [
            ("", anyone),
            ("wrong-0123456789", anyone),
            ("reader-012345678", anyone),
            (&WRITER[1..], anyone),
            (READER, reader),
        ] {
            let response = send(address, line, token, body).await;
            assert_eq!(response.status, status, "{line} {token}: {}", response.text());
            assert_eq!(response.header("www-authenticate").is_some(), matches!(status, 401 | 403));
        }
        let written = send(address, line, WRITER, body).await;
        assert!(!matches!(written.status, 401 | 403), "{line}: {}", written.text());
    }
}

#[tokio::test]
async fn a_file_of_tokens_that_changes_is_read_again() {
    let setup = start(|builder| builder).await;
    let path = setup.directory.path().join("tokens");
    let list = async |token: &str| send(setup.admin, "GET /invocations", token, "").await.status;
    assert_eq!(list(READER).await, 200);
    write(&path, "another-0123456789", WRITER);
    assert_eq!((list(READER).await, list("another-0123456789").await), (401, 200));
    std::fs::write(&path, "nonsense").unwrap();
    assert_eq!(list("another-0123456789").await, 200, "what cannot be read changes nothing");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(list("another-0123456789").await, 200);
    write(&path, "a-third-0123456789", WRITER);
    assert_eq!((list("another-0123456789").await, list("a-third-0123456789").await), (401, 200));
}

#[tokio::test]
async fn the_token_of_the_ingress_is_not_stored() {
    let setup =
        start(|builder| builder.journal_retention(std::time::Duration::from_secs(60))).await;
    let sent = send(setup.ingress, "POST /Worker/echo/send", WRITER, "\"x\"").await.json();
    let id = sent["invocationId"].as_str().unwrap();
    let attach = format!("GET /restate/attach/{id}");
    assert_eq!(send(setup.ingress, &attach, READER, "").await.status, 200);
    let journal = format!("GET /invocations/{id}/journal");
    let journal = send(setup.admin, &journal, READER, "").await;
    assert!(journal.text().contains("x-restate-ingress-path"), "{}", journal.text());
    assert!(!journal.text().contains("authorization"), "{}", journal.text());
}

#[tokio::test]
async fn pages_can_read_that_a_token_is_missing() {
    let app = "https://app.example.com";
    let setup = start(|builder| builder.cors([app])).await;
    let response = request(setup.ingress, "POST /Worker/echo", &[("origin", app)], b"").await;
    assert_eq!(response.status, 401);
    assert_eq!(response.header("access-control-allow-origin"), Some(app));
    let preflight = [("origin", app), ("access-control-request-method", "POST")];
    let response = request(setup.ingress, "OPTIONS /Worker/echo", &preflight, b"").await;
    assert_eq!(response.status, 204, "preflights have no token");
}

#[tokio::test]
async fn the_ingress_client_sends_tokens() {
    let setup = start(|builder| builder).await;
    let reader = setup.client(READER).build().unwrap();
    let Err(IngressError::Refused { status, message, .. }) =
        call::<_, _, String>(&reader, "echo", "x".to_owned()).await
    else {
        unreachable!("a reader must not call")
    };
    assert!(status == 403 && message.contains("`ann`"), "{status} {message}");
    let writer = setup.client(WRITER).build().unwrap();
    let total: i64 = counter(&writer, "k", "add", 2_i64).await.unwrap();
    assert_eq!(total, 2);
    let both = setup.client(WRITER).admin_token(READER).build().unwrap();
    let sleeper = call::<_, _, u64>(&both, "sleep", 3_600_000_u64).one_way().await.unwrap();
    let refused = sleeper.cancel().await.unwrap_err();
    assert!(matches!(refused, IngressError::Refused { status: 403, .. }), "{refused:?}");
    writer.invocation(sleeper.invocation_id().clone()).cancel().await.unwrap();
}

#[tokio::test]
async fn an_address_that_others_can_reach_must_be_protected() {
    let directory = tempfile::tempdir().unwrap();
    let tokens = directory.path().join("tokens");
    write(&tokens, READER, WRITER);
    let engine = || World::default().engine().data_dir(directory.path().join("data"));
    for address in ["0.0.0.0:0", "[::]:0"] {
        for builder in [
            engine().ingress(address),
            engine().admin(address),
            engine().ingress(address).ingress_tokens(Tokens::file(&tokens)),
            engine().admin(address).ingress_tokens(Tokens::file(&tokens)),
        ] {
            let error = builder.start().await.unwrap_err();
            assert!(matches!(error, EngineBuildError::Unprotected { .. }), "{address}: {error}");
            assert!(error.to_string().contains("`.allow_unprotected()`"), "{error}");
        }
    }
    let allowed = engine().ingress("0.0.0.0:0").admin("0.0.0.0:0").allow_unprotected();
    allowed.start().await.unwrap().shutdown().await.unwrap();
    for address in ["127.0.0.1:0", "127.1.2.3:0", "[::1]:0", "localhost:0"] {
        engine().ingress(address).start().await.unwrap().shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_read_are_refused_at_the_start() {
    for tokens in [Tokens::file("/nowhere/tokens"), Tokens::variable("RESTATE_TEST_NO_TOKENS")] {
        let engine = World::default().engine().in_memory().ingress_tokens(tokens).start().await;
        let error = engine.unwrap_err();
        assert!(matches!(error, EngineBuildError::InvalidTokens { .. }), "{error}");
    }
    let (name, _) = std::env::vars().find(|(_, value)| !value.is_empty()).unwrap();
    let engine = World::default().engine().in_memory().admin_tokens(Tokens::variable(&name));
    let error = engine.start().await.unwrap_err().to_string();
    assert!(error.contains(&format!("variable `{name}`")), "{error}");
}

/// What is logged, by all tests of this file.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_change_through_the_admin_interface_is_logged_with_its_author() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let setup = start(|builder| builder).await;
    let put = "PUT /services/Counter/state/audited%0A/total";
    assert_eq!(send(setup.admin, put, WRITER, "7").await.status, 200);
    let cancel = "PATCH /invocations/cancel?service=Audited";
    assert_eq!(send(setup.admin, cancel, WRITER, "").await.status, 200);
    let resume = "PATCH /invocations/resume";
    assert_eq!(send(setup.admin, resume, WRITER, "").await.status, 400);
    assert_eq!(send(setup.admin, "GET /services/Audited", WRITER, "").await.status, 404);
    let sql = "{\"query\":\"SELECT 1 AS Audited\"}";
    assert_eq!(send(setup.admin, "POST /query", WRITER, sql).await.status, 200);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for (what, outcome) in [(put, "was made"), (cancel, "was made"), (resume, "was refused")] {
        let line = log.lines().find(|line| line.contains(&format!("what=\"{what}\"")));
        let line = line.unwrap_or_else(|| unreachable!("{what} is missing in {log}"));
        assert!(line.contains("who=\"bob at 127.0.0.1:") && line.contains(outcome), "{line}");
    }
    assert!(!log.contains("Audited\"}") && !log.contains("GET /services/Audited"), "{log}");
}
