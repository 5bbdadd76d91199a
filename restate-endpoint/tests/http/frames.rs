use http::Version;
use restate_core::wire::protocol::{ErrorMessage, SleepCommand};
use restate_endpoint::Endpoint;

use crate::{
    runtime::{Attempt, Runtime, journal},
    services::Waiting,
};

/// Header of a message of type `SleepCompletion` that announces this length.
fn header(length: u32) -> Vec<u8> {
    [&[0x80, 0x0c, 0, 0][..], &length.to_be_bytes()].concat()
}

pub async fn expect_error(attempt: &mut Attempt, code: u32, message: &str) {
    let error: ErrorMessage = attempt.expect().await;
    assert_eq!(error.code, code, "{}", error.message);
    assert!(error.message.contains(message), "{}", error.message);
    assert_eq!(attempt.next().await, None);
}

#[tokio::test]
async fn a_message_that_is_cut_off_ends_its_attempt_and_no_other() {
    let mut runtime = Runtime::http2().await;
    let mut other = runtime.attempt("Sleep", "other").await;
    other.expect::<SleepCommand>().await;

    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    attempt.send([header(5), vec![7; 3]].concat()).await;
    attempt.close_input();
    expect_error(&mut attempt, 571, "ended after 3 of the 5 bytes of a message").await;

    other.wake_up().await;
    other.expect_output("other").await;
}

#[tokio::test]
async fn a_journal_that_is_cut_off_ends_its_attempt() {
    let mut runtime = Runtime::http2().await;
    let mut request = runtime.start("Echo", 7);
    request.send(journal("hi").slice(..3)).await;
    let mut attempt = request.end().await;
    expect_error(&mut attempt, 571, "ended after 3 of the 8 bytes of a header").await;
}

#[tokio::test]
async fn a_message_over_the_limit_ends_its_attempt_before_it_arrives() {
    let endpoint = Endpoint::builder().bind(Waiting::new().0).message_limit(1000);
    let mut runtime = Runtime::over(Version::HTTP_2, endpoint).await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    attempt.send(header(1001)).await;
    expect_error(&mut attempt, 413, "1001 bytes exceeds the endpoint's limit of 1000 bytes").await;
    runtime.attempt("Echo", "next").await.expect_output("next").await;
}

#[tokio::test]
async fn the_same_limit_holds_over_http1() {
    let endpoint = Endpoint::builder().bind(Waiting::new().0).message_limit(1000);
    let mut runtime = Runtime::over(Version::HTTP_11, endpoint).await;
    let mut request = runtime.start("Echo", 7);
    request.send(header(1001)).await;
    let mut attempt = request.response().await;
    expect_error(&mut attempt, 413, "exceeds the endpoint's limit").await;
}

#[tokio::test]
async fn a_message_of_unknown_type_ends_its_attempt() {
    let mut runtime = Runtime::http2().await;
    let mut attempt = runtime.attempt("Sleep", "hi").await;
    attempt.expect::<SleepCommand>().await;
    attempt.send(vec![0x7f, 0xff, 0, 0, 0, 0, 0, 0]).await;
    let error: ErrorMessage = attempt.expect().await;
    assert_eq!(error.code, 571, "{}", error.message);
    attempt.close_input();
    assert_eq!(attempt.next().await, None);
    runtime.attempt("Echo", "next").await.expect_output("next").await;
}
