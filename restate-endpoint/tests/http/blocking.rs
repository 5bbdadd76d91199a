//! Handlers that block their threads hold up neither health checks nor a shutdown.

use std::{num::NonZeroUsize, time::Duration};

use restate_endpoint::Endpoint;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    runtime::{Runtime, soon},
    services::Blocking,
};

#[tokio::test]
async fn handlers_that_block_hold_up_neither_health_checks_nor_a_shutdown() {
    let (service, mut blocked, release) = Blocking::new();
    let endpoint = Endpoint::builder().bind(service).handler_threads(NonZeroUsize::MIN);
    let endpoint = endpoint.shutdown_timeout(Duration::from_millis(50));
    let mut runtime = Runtime::alone(endpoint).await;
    let mut request = runtime.start("Block", 7);
    request.send_input("block").await;
    soon(blocked.recv()).await.unwrap();
    let mut stream = TcpStream::connect(runtime.address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut response = Vec::new();
    soon(stream.read_to_end(&mut response)).await.unwrap();
    assert!(response.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&response));

    soon(runtime.shut_down()).await.unwrap();
    drop(release);
}

#[tokio::test]
async fn a_connection_for_health_runs_no_handlers() {
    let (service, _blocked, _release) = Blocking::new();
    let runtime = Runtime::alone(Endpoint::builder().bind(service)).await;
    let mut stream = TcpStream::connect(runtime.address).await.unwrap();
    let requests = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n\
                    GET /discover HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut responses = String::new();
    // The connection may be reset, because the second request is not read.
    let _ = soon(stream.read_to_string(&mut responses)).await;
    assert_eq!(responses.matches("HTTP/1.1").count(), 1, "{responses}");
}
