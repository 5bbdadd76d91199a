//! What the clients of the ingress can take up: connections, requests, memory, time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{net::SocketAddr, time::Duration};

use restate_embedded::{Engine, HttpLimits};
use support::{
    World,
    http::{get, post},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Short enough to wait for, where a test waits until it has passed.
const SHORT: Duration = Duration::from_millis(50);

async fn engine(world: &World, limits: HttpLimits) -> (Engine, SocketAddr) {
    let builder = world.engine().in_memory().http_limits(limits);
    let engine = builder.ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    (engine, address)
}

async fn open(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream
}

/// Everything until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut received = Vec::new();
    // A connection that is reset is closed, too.
    let _ = stream.read_to_end(&mut received).await;
    String::from_utf8_lossy(&received).into_owned()
}

/// The head of a response, and the part of its body that came with it.
async fn response(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    while !received.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read_buf(&mut received).await.unwrap();
        assert!(read > 0, "closed before the response: {}", String::from_utf8_lossy(&received));
    }
    String::from_utf8(received).unwrap()
}

fn upload(length: usize) -> String {
    format!("POST /Worker/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_client_that_does_not_get_to_a_request_is_disconnected() {
    let world = World::default();
    let (_engine, address) = engine(&world, HttpLimits::new().header_timeout(SHORT)).await;
    for sent in ["", "P", "PRI * HTTP/2.0\r\n", "GET /restate/health HTTP/1.1\r\nhost:"] {
        let answer = rest(open(address, sent).await).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{sent:?}: {answer}");
    }
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0";
    let answer = rest(open(address, preface).await).await;
    assert!(!answer.contains("HTTP/1.1"), "speaks HTTP/2 until it hangs up: {answer:?}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_that_waits_for_a_result_is_not() {
    let world = World::default();
    let (engine, address) = engine(&world, HttpLimits::new().idle_timeout(SHORT)).await;
    let call = "POST /Signup/k/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: \
                application/json\r\ncontent-length: 5\r\n\r\n\"Ann\"";
    let mut waiting = open(address, call).await;
    world.until("running Ann").await;
    // Two in a row: the call is in flight for longer than a connection may be idle.
    for _ in 0..2 {
        let request = "GET /restate/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let answer = rest(open(address, request).await).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let code = engine.client().workflow("Signup", "k").promise("code");
    code.resolve("42".to_owned()).await.unwrap();
    let answer = response(&mut waiting).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_connection_over_the_limit_is_told_to_try_again() {
    let world = World::default();
    let (_engine, address) = engine(&world, HttpLimits::new().connections(1)).await;
    let mut first = open(address, "GET /restate/health HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(response(&mut first).await.starts_with("HTTP/1.1 200"));
    let refused = get(address, "/restate/health").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.text().contains("1 open connections"), "{}", refused.text());
    drop(first);
    // The server learns of the end of the first connection in its own time.
    while get(address, "/restate/health").await.status == 503 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_over_the_limit_is_told_to_try_again() {
    let world = World::default();
    let (engine, address) = engine(&world, HttpLimits::new().requests(1)).await;
    let waiting = tokio::spawn(async move { post(address, "/Signup/k/run", "\"Ann\"").await });
    world.until("running Ann").await;
    let refused = post(address, "/Worker/echo", "\"x\"").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(refused.json()["source"], "ingress");
    assert!(refused.text().contains("HttpLimits::requests"), "{}", refused.text());
    let code = engine.client().workflow("Signup", "k").promise("code");
    code.resolve("42".to_owned()).await.unwrap();
    assert_eq!(waiting.await.unwrap().status, 200);
    assert_eq!(post(address, "/Worker/echo", "\"x\"").await.status, 200);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_refused() {
    let world = World::default();
    let (_engine, address) = engine(&world, HttpLimits::new().body_timeout(SHORT)).await;
    let mut slow = open(address, &upload(10)).await;
    slow.write_all(b"\"x").await.unwrap();
    let answer = response(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn bodies_that_are_received_share_one_memory() {
    let world = World::default();
    let limits = HttpLimits::new().request_memory(256 << 10);
    let (_engine, address) = engine(&world, limits).await;
    let text = format!("\"{}\"", "x".repeat(300 << 10));
    // Takes up all of it, and is not finished.
    let mut first = open(address, &upload(text.len())).await;
    first.write_all(&text.as_bytes()[..text.len() - 1]).await.unwrap();
    let refused = loop {
        let second = post(address, "/Worker/echo", &text).await;
        // The server reads the first body in its own time.
        if second.status != 200 {
            break second;
        }
    };
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert!(refused.text().contains("HttpLimits::request_memory"), "{}", refused.text());
    assert_eq!(post(address, "/Worker/echo", "\"small\"").await.status, 200);
    first.write_all(b"\"").await.unwrap();
    assert!(response(&mut first).await.starts_with("HTTP/1.1 200"));
    assert_eq!(post(address, "/Worker/echo", &text).await.status, 200);
}

/// Many clients read the response only after they have written the whole request.
#[tokio::test]
async fn a_client_that_writes_all_of_its_body_first_reads_why_it_is_refused() {
    let engine = World::default().engine().in_memory().ingress("127.0.0.1:0").start().await;
    let engine = engine.unwrap();
    let address = engine.ingress_addr().unwrap();
    // More than the buffers of both sides take.
    let body = vec![b'x'; 9 << 20];
    for (line, status) in [
        ("POST /Nobody/nothing", "404"),
        ("POST /Worker/dance", "404"),
        ("PUT /Worker/echo", "405"),
        ("POST /Worker/echo?delay=1s", "400"),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head =
            format!("{line} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        let written = stream.write_all(&body).await;
        assert!(written.is_ok(), "{line}: {written:?}");
        let mut received = [0; 12];
        stream.read_exact(&mut received).await.unwrap();
        assert_eq!(received, format!("HTTP/1.1 {status}").as_bytes(), "{line}");
    }
}
