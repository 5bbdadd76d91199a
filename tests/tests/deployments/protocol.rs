//! The version of the service protocol that a journal is written in, while deployments change.

use bytes::BytesMut;
use http::Method;
use restate_core::wire::{framing, protocol::RunCommand};
use restate_tests::client;
use serde_json::{Value, json};

use crate::{
    misbehaving::{failure, hasty},
    rogue::{Conduct, Rogue},
    setup::{Platform, eventually, json_of},
};

/// Begins a run step, and breaks off.
fn begins() -> Conduct {
    let mut frames = BytesMut::new();
    framing::encode(&RunCommand { result_completion_id: 1, ..RunCommand::default() }, &mut frames);
    Conduct::Sends(frames.freeze())
}

/// The version of an attempt.
async fn version(rogue: &mut Rogue) -> String {
    let headers = rogue.attempts.recv().await.unwrap();
    let content_type = headers["content-type"].to_str().unwrap();
    content_type.strip_prefix("application/vnd.restate.invocation.").unwrap().to_owned()
}

/// An invocation with a journal in version 6, on a deployment that speaks no newer one.
async fn begun(platform: &Platform) -> (Rogue, String, String) {
    let mut rogue = Rogue::speaking(5..=6, begins()).await;
    let id = platform.registered(rogue.address).await["id"].as_str().unwrap().to_owned();
    let sent = json_of(&platform.post("/Rogue/h/send", "").await);
    let sent = sent["invocationId"].as_str().unwrap().to_owned();
    assert_eq!(version(&mut rogue).await, "v6");
    eventually("the journal has the step", async || {
        (entries(platform, &sent).await > 1).then_some(())
    })
    .await;
    (rogue, id, sent)
}

async fn entries(platform: &Platform, invocation: &str) -> usize {
    let path = format!("/invocations/{invocation}/journal");
    let journal = json_of(&client::get(platform.admin(), &path).await.unwrap());
    journal["entries"].as_array().map_or(0, Vec::len)
}

async fn moved(platform: &Platform, deployment: &str, to: &Rogue) {
    let uri = format!("http://{}", to.address);
    let path = format!("/deployments/{deployment}");
    let moved = platform.ask(Method::PATCH, &path, &json!({ "uri": uri })).await;
    assert!(moved.status.is_success(), "{}", moved.text());
}

async fn succeeds(platform: &Platform, invocation: &str) {
    let path = format!("/restate/invocation/{invocation}/attach");
    let ended = client::get(platform.ingress(), &path).await.unwrap();
    assert_eq!(ended.text(), r#""good""#);
}

/// Also after a crash of the engine.
#[tokio::test]
async fn a_journal_is_sent_in_the_version_that_it_is_written_in() {
    let mut platform = Platform::start_with(hasty).await;
    let (_old, deployment, sent) = begun(&platform).await;
    let mut newer = Rogue::speaking(5..=7, begins()).await;
    moved(&platform, &deployment, &newer).await;
    assert_eq!(version(&mut newer).await, "v6");
    platform.crash(hasty).await;
    newer.conducts(Conduct::Good);
    succeeds(&platform, &sent).await;
    let another = platform.post("/Rogue/h", "").await;
    assert_eq!(another.text(), r#""good""#);
    let mut versions = Vec::new();
    while let Ok(headers) = newer.attempts.try_recv() {
        versions
            .push(headers["content-type"].to_str().unwrap().rsplit('.').next().unwrap().to_owned());
    }
    assert_eq!(versions.pop().as_deref(), Some("v7"), "a new journal");
    assert!(versions.iter().all(|version| version == "v6"), "{versions:?}");
    let query =
        json!({ "query": "SELECT id, pinned_service_protocol_version FROM sys_invocation" });
    let answer = platform.ask(Method::POST, "/query", &query).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

/// It fails with the reason, and goes on once its version is spoken again.
#[tokio::test]
async fn a_journal_is_not_sent_to_a_deployment_that_does_not_speak_its_version() {
    let platform = Platform::start_with(hasty).await;
    let (old, deployment, sent) = begun(&platform).await;
    let mut newer = Rogue::speaking(7..=7, Conduct::Good).await;
    moved(&platform, &deployment, &newer).await;
    let reason = format!(
        "deployment {deployment} at http://{}: the journal is written in version 6 of the service protocol, and \
         the deployment speaks versions 7 to 7 by now; have it speak version 6, or resume the invocation with \
         `?deployment=` on one that does",
        newer.address
    );
    eventually("the attempt fails for that reason", async || {
        failure(&platform, &sent).await.starts_with(&reason).then_some(())
    })
    .await;
    assert!(newer.attempts.try_recv().is_err(), "it is sent no attempt");
    old.conducts(Conduct::Good);
    moved(&platform, &deployment, &old).await;
    succeeds(&platform, &sent).await;
}

/// People who say where an invocation goes on are told at once that its journal cannot be read there.
#[tokio::test]
async fn an_invocation_is_not_resumed_where_its_version_is_not_spoken() {
    let platform = Platform::start_with(hasty).await;
    let (_old, _, sent) = begun(&platform).await;
    let newer = Rogue::speaking(7..=7, Conduct::Good).await;
    let newer_id = platform.registered(newer.address).await["id"].as_str().unwrap().to_owned();
    let path = format!("/invocations/{sent}/pause");
    let paused = platform.ask(Method::PATCH, &path, &json!({})).await;
    assert!(paused.status.is_success(), "{}", paused.text());
    for on in ["latest", &newer_id] {
        let path = format!("/invocations/{sent}/resume?deployment={on}");
        let refused = platform.ask(Method::PATCH, &path, &Value::Null).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        let reason = format!(
            "deployment {newer_id} speaks versions 7 to 7 of the service protocol, and its journal is written in \
             version 6; resume it on one that speaks that version"
        );
        assert!(refused.text().contains(&reason), "{}", refused.text());
    }
    let both = Rogue::speaking(6..=7, Conduct::Good).await;
    platform.registered(both.address).await;
    let path = format!("/invocations/{sent}/resume?deployment=latest");
    let resumed = platform.ask(Method::PATCH, &path, &Value::Null).await;
    assert!(resumed.status.is_success(), "{}", resumed.text());
    succeeds(&platform, &sent).await;
}
