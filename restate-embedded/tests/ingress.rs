//! The ingress over a socket: its responses and refusals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Version, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use restate_core::{ServiceOptions, Settings};
use restate_embedded::Engine;
use serde_json::json;
use support::{
    World,
    http::{get, post, request},
};

async fn start() -> (World, Engine, SocketAddr) {
    let world = World::default();
    let engine = world.engine().in_memory().ingress("127.0.0.1:0").body_limit(1000);
    let engine = engine.start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    (world, engine, address)
}

#[tokio::test]
async fn both_forms_of_calls_answer_with_result_type_and_id() {
    let (_, engine, address) = start().await;
    for path in ["/Worker/echo", "/restate/call/Worker/echo"] {
        let response = post(address, path, r#""hello""#).await;
        assert_eq!((response.status, response.text()), (200, r#""hello""#), "{path}");
        assert_eq!(response.header("content-type"), Some("application/json"), "{path}");
        assert!(response.header("x-restate-id").unwrap().starts_with("inv_1"), "{path}");
    }
    engine.shutdown().await.unwrap();
}

/// Seen on a Restate server 1.7.12, which accepts the empty key of `/Counter//add`, too.
#[tokio::test]
async fn slashes_around_a_path_do_not_count() {
    let (_, _engine, address) = start().await;
    for path in [
        "/Worker/echo/",
        "//Worker/echo",
        "/Worker/echo///",
        "/restate/call/Worker/echo/",
        "//restate/call/Worker/echo",
    ] {
        let response = post(address, path, r#""x""#).await;
        assert_eq!((response.status, response.text()), (200, r#""x""#), "{path}");
    }
    for path in ["/Worker/echo/send/", "/Worker/echo/send//", "//restate/send/Worker/echo/"] {
        assert_eq!(post(address, path, r#""x""#).await.status, 202, "{path}");
    }
    for path in ["/Counter/k/add/", "//Counter/k/add", "/restate/call/Counter/k/add/"] {
        assert_eq!(post(address, path, "1").await.status, 200, "{path}");
    }
    for path in ["/restate/health/", "//restate/health", "/Counter/k/get/"] {
        assert_eq!(get(address, path).await.status, 200, "{path}");
    }
    for (path, status) in [
        ("/Worker//echo", 400),
        ("/restate/call/Worker//echo", 400),
        ("/Counter//add", 400),
        ("/Counter///add", 404),
        ("/Counter/k//add", 404),
        ("/restate//call/Worker/echo", 404),
        ("/restate/call//Worker/echo", 404),
    ] {
        assert_eq!(post(address, path, "1").await.status, status, "{path}");
    }
}

#[tokio::test]
async fn objects_are_called_under_their_decoded_key() {
    let (_, _engine, address) = start().await;
    for path in ["/Counter/a%2Fb/add", "/restate/call/Counter/a%2fb/add"] {
        assert_eq!(post(address, path, "2").await.status, 200, "{path}");
    }
    let total = get(address, "/Counter/a%2Fb/get").await;
    assert_eq!((total.status, total.text()), (200, "4"));
    assert_eq!(get(address, "/Counter/a/get").await.text(), "0");
}

#[tokio::test]
async fn both_forms_of_sends_are_accepted_and_their_results_can_be_read() {
    let (world, _engine, address) = start().await;
    for path in ["/Worker/gated/send", "/restate/send/Worker/gated"] {
        let sent = post(address, path, r#""x""#).await;
        assert_eq!((sent.status, &sent.json()["status"]), (202, &json!("Accepted")), "{path}");
        let id = sent.json()["invocationId"].as_str().unwrap().to_owned();
        assert_eq!(sent.header("x-restate-id"), Some(&*id), "{path}");
        for output in [format!("/restate/invocation/{id}/output"), format!("/restate/output/{id}")]
        {
            let response = get(address, &output).await;
            assert_eq!((response.status, &response.json()["code"]), (470, &json!(470)), "{output}");
        }
        world.open_gate();
        for (form, path) in [
            ("attach", format!("/restate/invocation/{id}/attach")),
            ("attach", format!("/restate/attach/{id}")),
            ("output", format!("/restate/invocation/{id}/output")),
            ("output", format!("/restate/output/{id}")),
        ] {
            let response = get(address, &path).await;
            assert_eq!((response.status, response.text()), (200, r#""x""#), "{form} {path}");
        }
    }
}

#[tokio::test]
async fn a_delayed_send_says_when() {
    let (world, _engine, address) = start().await;
    let sent = post(address, "/Worker/echo/send?delay=1ms", r#""soon""#).await;
    assert_eq!(sent.status, 202);
    assert!(sent.json()["executionTime"].as_str().unwrap().ends_with('Z'));
    world.until("echo soon").await;
    let sent = post(address, "/restate/send/Worker/echo?delay=PT1H", r#""late""#).await;
    let output = format!("/restate/output/{}", sent.json()["invocationId"].as_str().unwrap());
    assert_eq!(get(address, &output).await.status, 470);
}

#[tokio::test]
async fn an_idempotency_key_names_an_invocation() {
    let (world, _engine, address) = start().await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "k 1")];
    for _ in 0..2 {
        let response = request(address, "POST /Worker/echo", &headers, br#""once""#).await;
        assert_eq!((response.status, response.text()), (200, r#""once""#));
    }
    let sent = request(address, "POST /Worker/echo/send", &headers, br#""once""#).await;
    assert_eq!((sent.status, &sent.json()["status"]), (202, &json!("PreviouslyAccepted")));
    assert_eq!(world.lines(), ["echo once"]);
    for path in ["attach", "output"] {
        let path = format!("/restate/invocation/Worker/echo/k%201/{path}");
        assert_eq!(get(address, &path).await.text(), r#""once""#, "{path}");
    }
    let path = "/restate/invocation/Counter/key/add/k/output";
    assert_eq!(get(address, path).await.status, 404);
}

#[tokio::test]
async fn a_terminal_failure_has_the_status_and_source_of_the_handler() {
    let (_, _engine, address) = start().await;
    let response = post(address, "/Worker/fail", r#""teapot""#).await;
    assert_eq!(response.status, 418);
    assert_eq!(response.header("x-restate-error-source"), Some("invocation"));
    assert!(response.header("x-restate-id").is_some());
    let body = json!({
        "code": 418, "message": "teapot", "source": "invocation", "metadata": { "pot": "tea" },
    });
    assert_eq!(response.json(), body);
}

#[tokio::test]
async fn empty_handlers_and_health_answer_without_a_body() {
    let (_, _engine, address) = start().await;
    for line in ["GET /restate/health", "POST /Worker/nothing"] {
        let response = request(address, line, &[], b"").await;
        assert_eq!((response.status, response.text()), (200, ""), "{line}");
        assert_eq!(response.header("content-type"), None, "{line}");
    }
}

#[tokio::test]
async fn invalid_calls_are_refused_with_a_reason_and_store_nothing() {
    let (world, _engine, address) = start().await;
    let long_key = format!("POST /Counter/{}/add", "k".repeat(1025));
    let long_body = "1".repeat(1001);
    let json = ("content-type", "application/json");
    let text = ("content-type", "text/plain");
    let (body, none) = (&b"\"x\""[..], &b""[..]);
    for (line, headers, body, status, reason) in [
        ("POST /Nobody/echo", &[json][..], body, 404, "no such service: `Nobody`"),
        ("POST /Worker/nothere", &[json], body, 404, "no handler `nothere`"),
        ("POST /Nobody/echo/send", &[json], body, 404, "no such service: `Nobody`"),
        ("POST /", &[json], body, 404, "no such route"),
        ("POST /Worker", &[json], body, 404, "no such route"),
        ("POST /Worker/a/b/c", &[json], body, 404, "no such route"),
        ("GET /restate/workflow/W/k/attach", &[], none, 404, "no such service: `W`"),
        ("POST /Counter/add", &[json], b"1", 400, "Counter/{key}/add"),
        ("POST /Counter//add", &[json], b"1", 400, "Counter/{key}/add"),
        ("POST /Worker/key/echo", &[json], body, 400, "remove the key"),
        (&long_key, &[json], b"1", 400, "1025 bytes; at most 1024"),
        ("POST /Counter/%ff/add", &[json], b"1", 400, "not UTF-8"),
        ("POST /Counter/%zz/add", &[json], b"1", 400, "two hexadecimal digits"),
        ("POST /Worker/echo", &[text], body, 415, "send `application/json`"),
        ("POST /Worker/echo", &[json], none, 400, "the body is empty"),
        ("POST /Worker/nothing", &[json], body, 400, "takes no request"),
        ("POST /Worker/echo", &[json], b"7", 400, "not a valid String"),
        ("POST /Worker/echo/send", &[json], b"\"x", 400, "not a valid String"),
        ("POST /Worker/echo", &[json], long_body.as_bytes(), 413, "longer than 1000 bytes"),
        ("POST /Worker/echo?delay=1s", &[json], body, 400, "add `/send`"),
        ("POST /Worker/echo?delay", &[json], body, 400, "add `/send`"),
        ("POST /Worker/echo/send?delay", &[json], body, 400, "such as `10s`"),
        ("POST /Worker/echo/send?a=1&delay", &[json], body, 400, "such as `10s`"),
        ("POST /Worker/echo/send?delay=soon", &[json], body, 400, "such as `10s`"),
        ("POST /Worker/echo/send?delay=-1s", &[json], body, 400, "ISO 8601"),
        ("POST /Worker/echo/send?delay=99999999d", &[json], body, 400, "longer than 100 years"),
        ("POST /Worker/echo", &[json, ("idempotency-key", "")], body, 400, "key is empty"),
        ("POST /Worker/echo", &[json, ("idempotency-key", "ü")], body, 400, "visible ASCII"),
        ("GET /Worker/echo", &[], none, 405, "use POST"),
        ("DELETE /Worker/echo", &[json], body, 405, "DELETE is not allowed"),
        ("POST /restate/attach/inv_1", &[json], body, 400, "not an invocation id"),
        ("GET /restate/output/inv_10011223344556677889900aabbccddee", &[], none, 404, "no such"),
        ("GET /restate/attach/inv_10011223344556677889900aabbccddee", &[], none, 404, "no such"),
    ] {
        let response = request(address, line, headers, body).await;
        assert_eq!(response.status, status, "{line}: {}", response.text());
        assert_eq!(response.header("x-restate-error-source"), Some("ingress"), "{line}");
        let error = response.json();
        assert_eq!(
            (&error["code"], &error["source"]),
            (&json!(status), &json!("ingress")),
            "{line}"
        );
        assert!(error["message"].as_str().unwrap().contains(reason), "{line}: {error}");
    }
    assert_eq!(world.lines(), [""; 0]);
    assert_eq!(post(address, "/Worker/echo", r#""x""#).await.status, 200);
}

#[tokio::test]
async fn a_shutdown_answers_waiting_clients() {
    let (world, engine, address) = start().await;
    let waiting = tokio::spawn(async move { post(address, "/Worker/sleep", "3600000").await });
    world.until("asleep").await;
    engine.shutdown().await.unwrap();
    let response = waiting.await.unwrap();
    assert_eq!(response.status, 503);
    assert!(response.text().contains("the next start resumes it"), "{}", response.text());
}

#[tokio::test]
async fn settings_given_to_bind_with_override_the_contract() {
    let (worker, counter, _) = World::default().services();
    let hidden = ServiceOptions::new(Settings::new().private(true))
        .handler("echo", Settings::new().private(false));
    let engine = Engine::builder()
        .bind_with(worker, hidden)
        .bind_with(counter, Settings::new().private(true))
        .in_memory()
        .ingress("127.0.0.1:0")
        .start()
        .await
        .unwrap();
    let address = engine.ingress_addr().unwrap();
    assert_eq!(post(address, "/Worker/echo", r#""hello""#).await.text(), r#""hello""#);
    for (path, body) in [("/Worker/relay", r#""hello""#), ("/Counter/a/add", "1")] {
        assert_eq!(post(address, path, body).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn settings_of_an_unknown_handler_are_refused() {
    let (worker, ..) = World::default().services();
    let settings = ServiceOptions::default().handler("Echo", Settings::new().private(true));
    let error = Engine::builder().bind_with(worker, settings).in_memory().start().await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "settings are given for handler `Echo`, which `Worker` does not have; name it as callers do"
    );
}

#[tokio::test]
async fn http_2_is_served_on_the_same_port_many_requests_at_a_time() {
    let (world, engine, address) = start().await;
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let post = |path: &str, body: &'static str| {
        let request = Request::post(format!("http://{address}{path}"));
        let request = request.header("content-type", "application/json");
        client.clone().send_request(request.body(Full::new(Bytes::from(body))).unwrap())
    };
    let waiting = tokio::spawn(post("/Worker/gated", "\"x\""));
    world.until("waiting x").await;
    let echoed = post("/Worker/echo", "\"y\"").await.unwrap();
    assert_eq!((echoed.status().as_u16(), echoed.version()), (200, Version::HTTP_2));
    assert!(echoed.headers().contains_key("x-restate-id"));
    world.open_gate();
    let response = waiting.await.unwrap().unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "\"x\"");
    engine.shutdown().await.unwrap();
    connection.await.unwrap().unwrap();
}
