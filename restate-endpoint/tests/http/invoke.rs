use http::Version;
use restate_core::wire::protocol::{SleepCommand, Suspension};
use restate_endpoint::{Endpoint, ProtocolMode};

use crate::{
    runtime::{Runtime, journal},
    services::Waiting,
};

#[tokio::test]
async fn an_invocation_is_answered_over_http2() {
    let mut runtime = Runtime::http2().await;
    let mut attempt = runtime.attempt("Echo", "hi").await;
    assert_eq!(attempt.status, 200);
    assert_eq!(attempt.headers["content-type"], "application/vnd.restate.invocation.v7");
    assert!(attempt.headers["x-restate-server"].to_str().unwrap().starts_with("restate-endpoint/"));
    attempt.expect_output("hi").await;
}

#[tokio::test]
async fn both_directions_stream_over_http2() {
    let mut runtime = Runtime::http2().await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    attempt.wake_up().await;
    attempt.expect_output("hi").await;
}

#[tokio::test]
async fn many_attempts_share_a_connection() {
    let mut runtime = Runtime::http2().await;
    let mut sleeping = runtime.attempt("Sleep", "slow").await;
    sleeping.expect::<SleepCommand>().await;
    for _ in 0..300 {
        runtime.attempt("Echo", "fast").await.expect_output("fast").await;
    }
    sleeping.wake_up().await;
    sleeping.expect_output("slow").await;
}

#[tokio::test]
async fn an_input_that_ends_suspends_the_attempt() {
    let mut runtime = Runtime::http2().await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    attempt.close_input();
    attempt.expect::<Suspension>().await;
    assert_eq!(attempt.next().await, None);
}

#[tokio::test]
async fn every_version_of_the_protocol_from_5_to_8_is_supported() {
    let mut runtime = Runtime::http2().await;
    for version in 5..=8 {
        let mut request = runtime.start("Sleep", version);
        request.send_input("hi").await;
        let mut attempt = request.response().await;
        let expected = format!("application/vnd.restate.invocation.v{version}");
        assert_eq!(attempt.headers["content-type"], expected);
        attempt.expect::<SleepCommand>().await;
        attempt.wake_up().await;
        attempt.expect_output("hi").await;
    }
}

#[tokio::test]
async fn over_http1_the_response_follows_the_request() {
    let endpoint = Endpoint::builder().bind(Waiting::new().0);
    let mut runtime = Runtime::over(Version::HTTP_11, endpoint).await;
    let mut request = runtime.start("Sleep", 7);
    let journal = journal("hi");
    request.send(journal.slice(..20)).await;
    request.send(journal.slice(20..)).await;
    assert!(!request.has_response());
    let mut attempt = request.end().await;
    attempt.expect::<SleepCommand>().await;
    attempt.expect::<Suspension>().await;
    assert_eq!(attempt.next().await, None);
}

#[tokio::test]
async fn an_http1_connection_is_reused() {
    let endpoint = Endpoint::builder().bind(Waiting::new().0);
    let mut runtime = Runtime::over(Version::HTTP_11, endpoint).await;
    for _ in 0..3 {
        let mut request = runtime.start("Echo", 7);
        request.send_input("hi").await;
        request.end().await.expect_output("hi").await;
    }
}

#[tokio::test]
async fn the_mode_can_be_set_for_any_version_of_http() {
    let endpoint =
        Endpoint::builder().bind(Waiting::new().0).protocol_mode(ProtocolMode::RequestResponse);
    let mut runtime = Runtime::over(Version::HTTP_2, endpoint).await;
    let mut request = runtime.start("Sleep", 7);
    request.send_input("hi").await;
    let mut attempt = request.end().await;
    attempt.expect::<SleepCommand>().await;
    attempt.expect::<Suspension>().await;
}
