use http::Version;
use restate_core::wire::protocol::{RunCommand, SleepCommand};
use restate_endpoint::Endpoint;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    runtime::{Runtime, soon},
    services::Waiting,
};

async fn runtime() -> (Runtime, UnboundedReceiver<&'static str>) {
    let (service, events) = Waiting::new();
    (Runtime::over(Version::HTTP_2, Endpoint::builder().bind(service)).await, events)
}

#[tokio::test]
async fn h8_a_lost_connection_drops_waiting_handlers() {
    let (mut runtime, mut events) = runtime().await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    assert_eq!(soon(events.recv()).await, Some("started"));
    runtime.vanish();
    assert_eq!(soon(events.recv()).await, Some("gone"));
}

#[tokio::test]
async fn a_lost_connection_drops_running_closures() {
    let (mut runtime, mut events) = runtime().await;
    let mut attempt = runtime.attempt("Run", "hi").await;
    attempt.expect::<RunCommand>().await;
    assert_eq!(soon(events.recv()).await, Some("started"));
    runtime.vanish();
    assert_eq!(soon(events.recv()).await, Some("gone"));
}

#[tokio::test]
async fn an_aborted_attempt_leaves_its_connection_usable() {
    let (mut runtime, mut events) = runtime().await;
    let mut attempt = runtime.attempt("Run", "hi").await;
    attempt.expect::<RunCommand>().await;
    assert_eq!(soon(events.recv()).await, Some("started"));
    attempt.reset();
    assert_eq!(soon(events.recv()).await, Some("gone"));
    runtime.attempt("Echo", "next").await.expect_output("next").await;
}
