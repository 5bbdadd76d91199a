//! Deployments that do not behave: attempts fail with the reason, and succeed once they do.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use restate_core::{
    RetryPolicy,
    wire::{
        framing,
        protocol::{End, MessageType, RunCommand},
    },
};
use restate_embedded::EngineBuilder;
use restate_tests::client;
use serde_json::{Value, json};

use crate::{
    rogue::{Conduct, Rogue, good},
    setup::{Platform, eventually, json_of},
};

/// Retries soon, and gives up soon on what hangs.
pub fn hasty(builder: EngineBuilder) -> EngineBuilder {
    let retries = RetryPolicy::new()
        .initial_interval(Duration::from_millis(5))
        .max_interval(Duration::from_millis(20));
    builder
        .retry_policy(retries)
        .inactivity_timeout(Duration::from_millis(100))
        .abort_timeout(Duration::from_millis(100))
}

/// What the engine says of the last failed attempt.
pub async fn failure(platform: &Platform, invocation: &str) -> String {
    eventually("an attempt fails", async || {
        let shown = client::get(platform.admin(), &format!("/invocations/{invocation}")).await;
        let shown = json_of(&shown.unwrap());
        shown.get("last_failure").and_then(Value::as_str).map(str::to_owned)
    })
    .await
}

/// Calls a deployment that behaves so, checks the reason of the failure, and has it behave.
async fn fails_and_recovers(conduct: Conduct, reason: &str) {
    let platform = Platform::start_with(hasty).await;
    let rogue = Rogue::start(conduct.clone()).await;
    let id = platform.registered(rogue.address).await["id"].as_str().unwrap().to_owned();
    let sent = json_of(&platform.post("/Rogue/h/send", "").await);
    let sent = sent["invocationId"].as_str().unwrap();
    let failure = failure(&platform, sent).await;
    let deployment = format!("deployment {id} at http://{}: ", rogue.address);
    assert!(failure.starts_with(&deployment), "{conduct:?}: {failure}");
    assert!(failure.contains(reason), "{conduct:?}: {failure}");
    rogue.conducts(Conduct::Good);
    let path = format!("/restate/invocation/{sent}/attach");
    let ended = client::get(platform.ingress(), &path).await.unwrap();
    assert_eq!(ended.text(), r#""good""#, "{conduct:?}");
}

/// A header of a frame that announces so many bytes.
fn header(ty: MessageType, length: u32) -> Bytes {
    [&ty.id().to_be_bytes()[..], &[0, 0], &length.to_be_bytes()].concat().into()
}

#[tokio::test]
async fn it_answers_with_an_error() {
    fails_and_recovers(
        Conduct::Status(StatusCode::INTERNAL_SERVER_ERROR),
        "it answered 500 Internal Server Error: sorry",
    )
    .await;
}

#[tokio::test]
async fn it_answers_with_something_else() {
    let reason = "it answered with content-type `application/json`, and not with \
                  `application/vnd.restate.invocation.v7`";
    fails_and_recovers(Conduct::ContentType("application/json"), reason).await;
}

#[tokio::test]
async fn it_sends_garbage() {
    let garbage = Bytes::from_static(b"\x7f\xff\0\0\0\0\0\x01garbage");
    fails_and_recovers(Conduct::Sends(garbage), "unknown protocol message type 0x7fff").await;
}

#[tokio::test]
async fn it_truncates_a_frame() {
    let end = good();
    let cut = end.slice(..end.len() - 3);
    fails_and_recovers(Conduct::Sends(cut), "the stream ended after 5 of the 8 bytes of a header")
        .await;
}

#[tokio::test]
async fn it_announces_two_gibibytes() {
    let header = header(MessageType::OutputCommand, 2 << 30);
    let reason = "a message of 2147483648 bytes is over the limit of 33554432 bytes";
    fails_and_recovers(Conduct::Sends(header), reason).await;
}

#[tokio::test]
async fn it_ends_without_an_output() {
    let mut end = BytesMut::new();
    framing::encode(&End::default(), &mut end);
    fails_and_recovers(Conduct::Sends(end.freeze()), "the attempt ended without an output").await;
}

#[tokio::test]
async fn its_output_is_not_protobuf() {
    let mut output = BytesMut::from(&header(MessageType::OutputCommand, 2)[..]);
    output.extend_from_slice(b"\xff\xff");
    let reason = "the body of OutputCommand is not valid protobuf";
    fails_and_recovers(Conduct::Sends(output.freeze()), reason).await;
}

#[tokio::test]
async fn it_ends_the_response_early() {
    let reason = "its response ended before the attempt did";
    fails_and_recovers(Conduct::Sends(Bytes::new()), reason).await;
}

#[tokio::test]
async fn it_resets_the_stream() {
    let output = good().slice(..8);
    fails_and_recovers(Conduct::SendsAndResets(output), "the connection was lost").await;
}

#[tokio::test]
async fn it_closes_the_connection() {
    fails_and_recovers(Conduct::Closes, "the connection was lost").await;
}

#[tokio::test]
async fn it_neither_reads_nor_answers() {
    fails_and_recovers(Conduct::Hangs, "the attempt made no progress for 200ms").await;
}

/// What it sends is read no faster than the engine takes it, and ends at the limit of journals.
#[tokio::test]
async fn it_sends_without_end() {
    let platform = Platform::start_with(|builder| hasty(builder).journal_limit(1 << 20)).await;
    let mut frame = BytesMut::new();
    framing::encode(&RunCommand { name: "x".repeat(1000), ..RunCommand::default() }, &mut frame);
    let rogue = Rogue::start(Conduct::Floods(frame.freeze())).await;
    platform.registered(rogue.address).await;
    let ended = platform.call("/Rogue/h").await.unwrap();
    assert_eq!(ended.status, 413, "{}", ended.text());
}

#[tokio::test]
async fn it_is_gone() {
    let platform = Platform::start_with(hasty).await;
    let rogue = Rogue::start(Conduct::Good).await;
    let address = rogue.address;
    platform.registered(address).await;
    drop(rogue);
    let sent = json_of(&platform.post("/Rogue/h/send", "").await);
    let failure = failure(&platform, sent["invocationId"].as_str().unwrap()).await;
    // A connection that has not noticed yet, or a new one that is refused.
    let is_named = failure.contains("no connection to") || failure.contains("connection was lost");
    assert!(is_named, "{failure}");
}

/// Other services do not notice a deployment that hangs, however many wait for it.
#[tokio::test]
async fn it_does_not_slow_down_others() {
    let one = std::num::NonZeroUsize::new(4).unwrap();
    let platform = Platform::start_with(|builder| builder.deployment_concurrency(one)).await;
    let hung = Rogue::start(Conduct::Hangs).await;
    platform.registered(hung.address).await;
    for _ in 0..50 {
        let sent = platform.post("/Rogue/h/send", "").await;
        assert_eq!(sent.status, 202, "{}", sent.text());
    }
    let listed = client::get(platform.admin(), "/invocations?status=held-back").await.unwrap();
    let waiting = json_of(&listed)["invocations"].as_array().unwrap().len();
    assert_eq!(waiting, 46, "four attempts are under way");
    let (stage, mut awakeables) = crate::setup::Stage::new("well", &crate::revisions::DESK);
    let well = crate::setup::serve([stage]).await;
    platform.registered(well.address()).await;
    let called = platform.call("/Desk/wait");
    let awakeable = awakeables.recv().await.unwrap();
    crate::revisions::resume(&platform, &awakeable).await;
    assert_eq!(called.await.unwrap().text(), r#""resumed in well""#);
}

/// Those that wait for a slow deployment do not keep others from ending, on the same connections or on others.
#[tokio::test]
async fn a_slow_one_slows_down_nobody_else() {
    let platform = Platform::start().await;
    let mut run = BytesMut::new();
    framing::encode(&RunCommand { result_completion_id: 1, ..RunCommand::default() }, &mut run);
    let mut slow = Rogue::start(Conduct::Stalls(run.freeze())).await;
    platform.registered(slow.address).await;
    let calls: Vec<_> = (0..200).map(|_| platform.call("/Rogue/h")).collect();
    for _ in &calls {
        slow.attempts.recv().await.unwrap();
    }
    let (stage, mut awakeables) = crate::setup::Stage::new("quick", &crate::revisions::DESK);
    let quick = crate::setup::serve([stage]).await;
    platform.registered(quick.address()).await;
    for _ in 0..100 {
        let called = platform.call("/Desk/wait");
        let awakeable = awakeables.recv().await.unwrap();
        crate::revisions::resume(&platform, &awakeable).await;
        assert_eq!(called.await.unwrap().text(), r#""resumed in quick""#);
    }
    assert!(calls.iter().all(|call| !call.is_finished()), "they wait until it goes on");
    slow.conducts(Conduct::Good);
    for call in calls {
        assert_eq!(call.await.unwrap().text(), r#""good""#);
    }
}

#[tokio::test]
async fn it_speaks_no_version_that_the_engine_does() {
    let platform = Platform::start().await;
    let rogue = Rogue::speaking(9..=10, Conduct::Good).await;
    let refused = platform.register(rogue.address, &json!({})).await;
    assert_eq!(refused.status, 400);
    let reason = "it speaks versions 9 to 10 of the service protocol";
    assert!(refused.text().contains(reason), "{}", refused.text());
    let listed = platform.ask(Method::GET, "/deployments", &json!({})).await;
    assert_eq!(json_of(&listed)["deployments"], json!([]));
}
