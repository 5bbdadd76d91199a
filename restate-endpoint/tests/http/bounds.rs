use std::time::Duration;

use http::{StatusCode, Version};
use restate_core::{server::HttpLimits, wire::protocol::SleepCommand};
use restate_endpoint::Endpoint;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    frames::expect_error,
    runtime::{Runtime, soon},
    services::Waiting,
};

async fn runtime(version: Version, limits: HttpLimits) -> Runtime {
    let endpoint = Endpoint::builder().bind(Waiting::new().0).http_limits(limits);
    Runtime::over(version, endpoint).await
}

#[tokio::test]
async fn a_client_that_does_not_get_to_a_request_is_disconnected() {
    let limits = HttpLimits::new().header_timeout(Duration::from_millis(50));
    let runtime = runtime(Version::HTTP_2, limits).await;
    for sent in ["", "PRI * HTTP/2.0\r\n", "POST /invoke/test.Waiting/Echo HTTP/1.1\r\nhost:"] {
        let mut stream = TcpStream::connect(runtime.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        soon(stream.read_to_end(&mut answer)).await.unwrap();
    }
}

#[tokio::test]
async fn an_attempt_that_waits_keeps_its_connection_open() {
    let limits = HttpLimits::new().idle_timeout(Duration::from_millis(50));
    let mut runtime = runtime(Version::HTTP_2, limits).await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    for _ in 0..2 {
        let mut idle = TcpStream::connect(runtime.address).await.unwrap();
        idle.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        soon(idle.read_to_end(&mut answer)).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    attempt.wake_up().await;
    attempt.expect_output("hi").await;
}

#[tokio::test]
async fn an_attempt_over_the_limit_is_told_to_try_again() {
    let mut runtime = runtime(Version::HTTP_2, HttpLimits::new().requests(1)).await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    let refused = runtime.start("Echo", 7).end().await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers["retry-after"], "1");
    attempt.wake_up().await;
    attempt.expect_output("hi").await;
}

/// Header of a message of type `SleepCompletion` with a body of 200 KiB.
const HEADER: [u8; 8] = [0x80, 0x0c, 0, 0, 0, 3, 0x20, 0];

#[tokio::test]
async fn journals_share_one_memory() {
    for version in [Version::HTTP_2, Version::HTTP_11] {
        let limits = HttpLimits::new().request_memory(100 << 10);
        let mut runtime = runtime(version, limits).await;
        let mut request = runtime.start("Echo", 7);
        // The endpoint ends the attempt before it has read all of this.
        let long = [&HEADER[..], &[7; 200 << 10]].concat();
        request.send(long).await;
        let mut attempt = request.response().await;
        expect_error(&mut attempt, 503, "HttpLimits::request_memory").await;
    }
}

#[tokio::test]
async fn a_request_that_does_not_arrive_in_time_ends() {
    let limits = HttpLimits::new().body_timeout(Duration::from_millis(50));
    let mut runtime = runtime(Version::HTTP_11, limits).await;
    let mut request = runtime.start("Echo", 7);
    request.send(HEADER.to_vec()).await;
    let mut attempt = request.response().await;
    expect_error(&mut attempt, 408, "has not arrived within 50ms").await;
}
