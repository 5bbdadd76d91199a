//! Requests as browsers send them for web pages of others, and for those that may use the engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::net::SocketAddr;

use restate_embedded::{Engine, EngineBuildError, EngineBuilder};
use support::{
    World,
    http::{Response, request},
};
use tempfile::TempDir;

const APP: &str = "https://app.example.com";
const JSON: (&str, &str) = ("content-type", "application/json");

struct Setup {
    world: World,
    ingress: SocketAddr,
    admin: SocketAddr,
    _engine: Engine,
    _directory: TempDir,
}

async fn start(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Setup {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let builder = world.engine().data_dir(directory.path());
    let builder = builder.ingress("127.0.0.1:0").admin("127.0.0.1:0");
    let engine = configure(builder).start().await.unwrap();
    let (ingress, admin) = (engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    Setup { world, ingress, admin, _engine: engine, _directory: directory }
}

impl Setup {
    async fn echo(&self, headers: &[(&str, &str)]) -> Response {
        let headers = [&[JSON][..], headers].concat();
        request(self.ingress, "POST /Worker/echo", &headers, b"\"x\"").await
    }
}

fn refused(response: &Response, status: u16, reason: &str) {
    assert_eq!(response.status, status, "{}", response.text());
    assert!(response.text().contains(reason), "{}", response.text());
    assert_eq!(response.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() {
    let setup = start(|builder| builder).await;
    let own = format!("http://{}", setup.ingress);
    for origin in [APP, "null", "http://localhost", "http://127.0.0.1:1", "file://"] {
        let origin = [("origin", origin)];
        refused(&setup.echo(&origin).await, 403, "`EngineBuilder::cors`");
        for line in ["GET /Counter/k/get", "POST /Worker/nothing", "OPTIONS /Worker/echo"] {
            refused(&request(setup.ingress, line, &origin, b"").await, 403, "origin");
        }
        for line in ["GET /invocations", "PATCH /invocations/kill?limit=1", "OPTIONS /query"] {
            refused(&request(setup.admin, line, &origin, b"").await, 403, "origin");
        }
    }
    for site in ["cross-site", "same-site"] {
        let site = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
        refused(
            &request(setup.ingress, "GET /Counter/k/get", &site, b"").await,
            403,
            "another origin",
        );
        refused(&request(setup.admin, "GET /invocations", &site, b"").await, 403, "another origin");
    }
    assert_eq!(setup.world.lines(), [""; 0]);
    for own in [&own, "", "HTTP://127.0.0.1:PORT"] {
        let own = own.replace("PORT", &setup.ingress.port().to_string());
        let origin = [("origin", &*own), ("sec-fetch-site", "same-origin")];
        let headers = if own.is_empty() { &origin[1..] } else { &origin[..] };
        assert_eq!(setup.echo(headers).await.status, 200, "{own}");
    }
}

#[tokio::test]
async fn a_name_that_an_attacker_points_to_this_machine_is_refused() {
    let setup = start(|builder| builder.hosts(["engine.example.com"])).await;
    let port = setup.ingress.port();
    for (host, allowed) in [
        ("127.0.0.1".to_owned(), true),
        (format!("127.0.0.1:{port}"), true),
        ("10.0.0.7:8080".to_owned(), true),
        (format!("[::1]:{port}"), true),
        ("LocalHost:8080".to_owned(), true),
        ("app.localhost".to_owned(), true),
        ("engine.example.com".to_owned(), true),
        ("Engine.Example.COM:443".to_owned(), true),
        ("attacker.example.com".to_owned(), false),
        (format!("attacker.example.com:{port}"), false),
        ("127.0.0.1.attacker.example.com".to_owned(), false),
        ("localhost.attacker.example.com".to_owned(), false),
        ("".to_owned(), false),
        ("user@127.0.0.1".to_owned(), false),
    ] {
        for (address, line) in
            [(setup.ingress, "GET /restate/health"), (setup.admin, "GET /health")]
        {
            let response = request(address, line, &[("host", &host)], b"").await;
            if allowed {
                assert_eq!(response.status, 200, "{host}: {}", response.text());
            } else {
                refused(&response, 403, "`EngineBuilder::hosts`");
            }
        }
    }
}

#[tokio::test]
async fn pages_of_a_configured_origin_can_use_the_ingress_and_not_the_admin_interface() {
    let setup = start(|builder| builder.cors([APP, "http://localhost:3000"])).await;
    let origin = ("origin", APP);
    let preflight = [
        origin,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,idempotency-key"),
        ("access-control-request-private-network", "true"),
    ];
    for path in ["/Worker/echo", "/Worker/echo/send", "/restate/attach/inv_1", "/nowhere"] {
        let line = format!("OPTIONS {path}");
        let response = request(setup.ingress, &line, &preflight, b"").await;
        assert_eq!((response.status, response.text()), (204, ""), "{path}");
        for (name, value) in [
            ("access-control-allow-origin", APP),
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-headers", "content-type,idempotency-key"),
            ("access-control-allow-private-network", "true"),
            ("access-control-max-age", "600"),
        ] {
            assert_eq!(response.header(name), Some(value), "{path} {name}");
        }
        assert!(response.header("vary").unwrap().contains("origin"));
        refused(&request(setup.admin, &line, &preflight, b"").await, 403, "origin");
    }
    let response = setup.echo(&[origin, ("sec-fetch-site", "cross-site")]).await;
    assert_eq!((response.status, response.text()), (200, "\"x\""));
    assert_eq!(response.header("access-control-allow-origin"), Some(APP));
    assert!(response.header("access-control-expose-headers").unwrap().contains("x-restate-id"));
    let missing = request(setup.ingress, "POST /Worker/missing", &[JSON, origin], b"1").await;
    assert_eq!(
        missing.header("access-control-allow-origin"),
        Some(APP),
        "errors are readable, too"
    );
    refused(&setup.echo(&[("origin", "https://app.example.com.evil.com")]).await, 403, "origin");
    refused(&setup.echo(&[("origin", "http://app.example.com")]).await, 403, "origin");
    assert_eq!(setup.echo(&[]).await.header("vary"), Some("origin"), "caches must not mix them");
    assert_eq!(setup.world.lines(), ["echo x"; 2]);
}

#[tokio::test]
async fn every_origin_can_be_allowed() {
    let setup = start(|builder| builder.cors(["*"])).await;
    for origin in [APP, "null"] {
        let response = setup.echo(&[("origin", origin)]).await;
        assert_eq!(response.header("access-control-allow-origin"), Some("*"), "{origin}");
    }
    let site = [("sec-fetch-site", "cross-site")];
    assert_eq!(request(setup.ingress, "GET /Counter/k/get", &site, b"").await.status, 200);
}

#[tokio::test]
async fn origins_and_hosts_that_cannot_be_are_refused_at_the_start() {
    for origin in ["app.example.com", "https://app.example.com/", "ftp://app", "https://a b", ""] {
        let engine = World::default().engine().in_memory().cors([origin]).start().await;
        let error = engine.unwrap_err();
        assert!(matches!(error, EngineBuildError::InvalidOrigin { .. }), "{origin}: {error}");
        assert!(error.to_string().contains("https://app.example.com"), "{error}");
    }
    for host in ["http://app", "app:8080", "a/b", ""] {
        let engine = World::default().engine().in_memory().hosts([host]).start().await;
        let error = engine.unwrap_err();
        assert!(matches!(error, EngineBuildError::InvalidHost { .. }), "{host}: {error}");
    }
}

#[tokio::test]
async fn changes_through_the_admin_interface_need_a_request_that_no_form_can_send() {
    let setup = start(|builder| builder).await;
    let purge = "/invocations/purge?limit=1";
    for (line, body) in [
        (format!("POST {purge}"), ""),
        ("POST /query".to_owned(), "{\"query\":\"SELECT 1\"}"),
        ("POST /limits/rules/bulk-delete".to_owned(), "[]"),
    ] {
        for kind in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ] {
            let headers = [("content-type", kind)];
            let headers = if kind.is_empty() { &[][..] } else { &headers[..] };
            let response = request(setup.admin, &line, headers, body.as_bytes()).await;
            refused(&response, 415, "`content-type: application/json`");
        }
        for kind in ["application/json", "Application/JSON; charset=utf-8"] {
            let headers = [("content-type", kind)];
            let response = request(setup.admin, &line, &headers, body.as_bytes()).await;
            assert_eq!(response.status, 200, "{line}: {}", response.text());
        }
    }
    let patched = request(setup.admin, &format!("PATCH {purge}"), &[], b"").await;
    assert_eq!(patched.status, 200, "{}", patched.text());
}
