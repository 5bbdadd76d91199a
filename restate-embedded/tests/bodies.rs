//! Bodies of requests to the ingress that are too long, too deep, malformed or not whole.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::net::SocketAddr;

use restate_core::{Call, Json, Target, well_known::Value};
use restate_embedded::Engine;
use serde_json::json;
use support::{
    World,
    echo::Echo,
    http::{post, request},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn start() -> (World, Engine, SocketAddr) {
    let world = World::default();
    let engine = world.engine().in_memory().ingress("127.0.0.1:0").body_limit(1000);
    let engine = engine.start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    (world, engine, address)
}

#[tokio::test]
async fn a_value_that_is_nested_too_deeply_is_refused_before_it_is_accepted() {
    let engine = Engine::builder().bind(Echo).in_memory().ingress("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let response = post(address, "/Echo/echo", &nested(50)).await;
    assert_eq!((response.status, response.text()), (200, &*nested(50)));
    for path in
        ["/Echo/echo", "/Echo/echo/send", "/restate/call/Echo/echo", "/restate/send/Echo/echo"]
    {
        for levels in [51, 1_000, 1_000_000] {
            let refused = post(address, path, &nested(levels)).await;
            assert_eq!(refused.status, 400, "{path} {levels}: {}", refused.text());
            assert_eq!(
                refused.header("x-restate-error-source"),
                Some("ingress"),
                "{path} {levels}"
            );
            assert!(refused.text().contains("nested more than 100 levels deep"), "{path} {levels}");
        }
    }
    // A caller in the process can send what the ingress does not take.
    let value: serde_json::Value = serde_json::from_str(&nested(60)).unwrap();
    let sent: Result<Value, _> =
        Call::<_, Json<_>, _>::new(&engine.client(), Target::service("Echo", "echo"), Json(value))
            .await;
    let error = sent.unwrap_err();
    assert!(error.to_string().contains("nested more than 100 levels deep"), "{error}");
    let response = post(address, "/Echo/echo", "[]").await;
    assert_eq!((response.status, response.text()), (200, "[]"));
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_client_that_writes_its_whole_body_before_it_reads_can_read_the_413() {
    let (world, _engine, address) = start().await;
    let long = vec![b'1'; 20_000_000];
    let mut chunked = format!("{:x}\r\n", long.len()).into_bytes();
    chunked.extend_from_slice(&long);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    for (line, header, body) in [
        ("POST /Worker/echo", ("content-type", "application/json"), &long),
        ("POST /Worker/echo/send", ("idempotency-key", "k"), &long),
        ("POST /restate/lookup", ("content-type", "application/json"), &long),
    ] {
        let response = request(address, line, &[header], body).await;
        assert_eq!(response.status, 413, "{line}");
        assert!(response.text().contains("longer than 1000 bytes"), "{line}");
    }
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head =
        "POST /Worker/echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&chunked).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
    assert_eq!(world.lines(), [""; 0]);
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let (world, _engine, address) = start().await;
    for body in ["{", r#""x"#, "1", "\u{fffd}"] {
        let response = post(address, "/Worker/echo", body).await;
        assert_eq!((response.status, &response.json()["code"]), (400, &json!(400)), "{body}");
    }
    assert_eq!(world.lines(), [""; 0]);
}

#[tokio::test]
async fn a_body_that_breaks_off_starts_nothing() {
    let (world, _engine, address) = start().await;
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /Worker/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n\"x";
    stream.writable().await.unwrap();
    stream.try_write(head.as_bytes()).unwrap();
    drop(stream);
    assert_eq!(post(address, "/Worker/echo", r#""after""#).await.status, 200);
    assert_eq!(world.lines(), ["echo after"]);
}
