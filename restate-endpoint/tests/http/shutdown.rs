use std::time::Duration;

use http::Version;
use restate_core::wire::protocol::{RunCommand, SleepCommand, Suspension};
use restate_endpoint::Endpoint;

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
