use std::time::Duration;

use http::Version;
use restate_core::wire::protocol::{RunCommand, SleepCommand, Suspension};
use restate_endpoint::Endpoint;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    runtime::{Runtime, soon},
    services::Waiting,
};

#[tokio::test]
async fn running_attempts_suspend_at_shutdown() {
    let mut runtime = Runtime::http2().await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    let serving = runtime.shut_down();
    attempt.expect::<Suspension>().await;
    assert_eq!(attempt.next().await, None);
    attempt.close_input();
    soon(serving).await.unwrap();
}

#[tokio::test]
async fn attempts_that_outlast_the_shutdown_timeout_are_dropped() {
    let (service, mut events) = Waiting::new();
    let endpoint = Endpoint::builder().bind(service).shutdown_timeout(Duration::from_millis(10));
    let mut runtime = Runtime::over(Version::HTTP_2, endpoint).await;
    let mut attempt = runtime.attempt("Run", "hi").await;
    attempt.expect::<RunCommand>().await;
    assert_eq!(soon(events.recv()).await, Some("started"));
    soon(runtime.shut_down()).await.unwrap();
    assert_eq!(soon(events.recv()).await, Some("gone"));
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let endpoint = Endpoint::builder().build().unwrap();
    let error = endpoint.listen(address).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    let expected = format!("cannot listen on {address}: ");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[tokio::test]
async fn an_address_without_a_port_is_refused() {
    let endpoint = Endpoint::builder().build().unwrap();
    let error = endpoint.listen("localhost").await.unwrap_err();
    assert!(error.to_string().contains("`localhost`: it is not a host and a port"), "{error}");
}

#[tokio::test]
async fn a_listener_of_the_standard_library_is_served() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::builder().build().unwrap();
    tokio::spawn(endpoint.run_until(listener, std::future::pending::<()>()));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut status = [0; 12];
    soon(stream.read_exact(&mut status)).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[tokio::test]
async fn an_endpoint_that_is_dropped_has_closed_its_listener() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::builder().build().unwrap();
    let serving = tokio::spawn(endpoint.run_until(listener, std::future::pending::<()>()));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut status = [0; 12];
    soon(stream.read_exact(&mut status)).await.unwrap();
    serving.abort();
    soon(serving).await.unwrap_err();
    let refused = tokio::net::TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}
