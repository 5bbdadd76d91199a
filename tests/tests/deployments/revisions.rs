//! Which revision an invocation runs on.

use http::Method;
use restate_core::contract::ServiceDescriptor;
use restate_tests::{client::Answer, endpoint::RunningEndpoint};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::setup::{Platform, Stage, eventually, plain, serve};

pub static DESK: ServiceDescriptor = ServiceDescriptor::service("Desk", &[plain("wait")]);

const CALL: &str = "/Desk/wait";

/// The awakeable that an attempt waits for; its first one, as others are of the same invocation.
async fn waits(awakeables: &mut UnboundedReceiver<String>) -> String {
    awakeables.recv().await.unwrap()
}

pub async fn resume(platform: &Platform, awakeable: &str) {
    let path = format!("/restate/awakeables/{awakeable}/resolve");
    let answer = platform.post(&path, r#""resumed in ""#).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

/// Also after a crash of the engine, which keeps the deployments.
#[tokio::test]
async fn k4_started_invocations_keep_their_revision_and_new_ones_use_the_latest() {
    let mut platform = Platform::start().await;
    let (old, mut of_old) = Stage::new("old", &DESK);
    let (new, mut of_new) = Stage::new("new", &DESK);
    let old = serve([old]).await;
    let first = platform.registered(old.address()).await;
    let first = first["id"].as_str().unwrap();
    let before = platform.post("/Desk/wait/send", "").await;
    let before = crate::setup::json_of(&before)["invocationId"].as_str().unwrap().to_owned();
    let waits_in_old = waits(&mut of_old).await;

    let new = serve([new]).await;
    platform.registered(new.address()).await;
    assert_eq!(platform.deployment(first).await["status"], "draining");
    assert_eq!(platform.deployment(first).await["invocations"], 1);
    platform.crash(|builder| builder).await;
    let after = platform.call(CALL);
    let waits_in_new = waits(&mut of_new).await;
    resume(&platform, &waits_in_old).await;
    resume(&platform, &waits_in_new).await;
    assert_eq!(after.await.unwrap().text(), r#""resumed in new""#);
    let path = format!("/restate/invocation/{before}/attach");
    let before = restate_tests::client::get(platform.ingress(), &path).await.unwrap();
    assert_eq!(before.text(), r#""resumed in old""#);
    assert_eq!(platform.deployment(first).await["status"], "drained");
}

#[tokio::test]
async fn a_deployment_in_use_is_removed_by_force_only() {
    let platform = Platform::start().await;
    let (stage, mut awakeables) = Stage::new("old", &DESK);
    let endpoint = serve([stage]).await;
    let id = platform.registered(endpoint.address()).await["id"].as_str().unwrap().to_owned();
    let path = format!("/deployments/{id}");
    let refused = platform.ask(Method::DELETE, &path, &json!({})).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("the newest revision of `Desk`"), "{}", refused.text());
    let sent = platform.post("/Desk/wait/send", "").await;
    let sent = crate::setup::json_of(&sent)["invocationId"].as_str().unwrap().to_owned();
    waits(&mut awakeables).await;
    let (stage, _awakeables) = Stage::new("new", &DESK);
    let newer = serve([stage]).await;
    platform.registered(newer.address()).await;
    let refused = platform.ask(Method::DELETE, &path, &json!({})).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("an invocation that has started on it"), "{}", refused.text());

    let removed = platform.ask(Method::DELETE, &format!("{path}?force=true"), &json!({})).await;
    assert!(removed.status.is_success(), "{}", removed.text());
    is_stranded(&platform, &sent).await;
    let killed =
        platform.ask(Method::PATCH, &format!("/invocations/{sent}/kill"), &json!({})).await;
    assert!(killed.status.is_success(), "{}", killed.text());
    let gone = restate_tests::client::get(platform.admin(), &path).await.unwrap();
    assert_eq!(gone.status, 404);
}

/// Waits until an invocation is shown as one whose deployment is gone.
async fn is_stranded(platform: &Platform, invocation: &str) {
    let path = format!("/invocations/{invocation}");
    eventually("the invocation waits for its deployment", async || {
        let shown = restate_tests::client::get(platform.admin(), &path).await.unwrap();
        let shown = crate::setup::json_of(&shown);
        let waits_for = shown["waits_for"][0].as_str()?;
        let is_told = waits_for.contains("somebody to resume it on another deployment");
        (shown["status"] == "unbound" && is_told).then_some(())
    })
    .await;
}

/// An invocation that has started on a deployment that is removed by force, and where newer invocations go.
async fn stranded(
    platform: &Platform,
) -> (String, RunningEndpoint, UnboundedReceiver<String>, String) {
    let (old, mut of_old) = Stage::new("old", &DESK);
    let old = serve([old]).await;
    let removed = platform.registered(old.address()).await["id"].as_str().unwrap().to_owned();
    let sent = platform.post("/Desk/wait/send", "").await;
    let sent = crate::setup::json_of(&sent)["invocationId"].as_str().unwrap().to_owned();
    waits(&mut of_old).await;
    let (new, of_new) = Stage::new("new", &DESK);
    let new = serve([new]).await;
    let newer = platform.registered(new.address()).await["id"].as_str().unwrap().to_owned();
    let path = format!("/deployments/{removed}?force=true");
    assert!(platform.ask(Method::DELETE, &path, &json!({})).await.status.is_success());
    is_stranded(platform, &sent).await;
    (sent, new, of_new, newer)
}

async fn result_of(platform: &Platform, invocation: &str) -> Answer {
    let path = format!("/restate/invocation/{invocation}/attach");
    restate_tests::client::get(platform.ingress(), &path).await.unwrap()
}

/// Also after a crash of the engine, and the invocation stays there.
#[tokio::test]
async fn an_invocation_of_a_removed_deployment_is_resumed_on_another() {
    let mut platform = Platform::start().await;
    let (sent, _new, mut of_new, newer) = stranded(&platform).await;
    platform.crash(|builder| builder).await;
    is_stranded(&platform, &sent).await;
    let resume_on = async |on: &str| {
        let path = format!("/invocations/{sent}/resume{on}");
        platform.ask(Method::PATCH, &path, &json!({})).await
    };
    for on in ["", "?deployment=keep"] {
        let refused = resume_on(on).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(refused.text().contains("`?deployment=latest`"), "{}", refused.text());
    }
    let unknown = resume_on("?deployment=dp_10000000000000000000000000").await;
    assert_eq!(unknown.status, 400, "{}", unknown.text());
    let malformed = resume_on("?deployment=newest").await;
    assert!(malformed.text().contains("write `latest`, `keep`, or an id"), "{}", malformed.text());
    let resumed = resume_on(&format!("?deployment={newer}")).await;
    assert!(resumed.status.is_success(), "{}", resumed.text());
    let awakeable = waits(&mut of_new).await;
    let running = resume_on("?deployment=latest").await;
    assert_eq!(running.status, 409, "{}", running.text());
    resume(&platform, &awakeable).await;
    assert_eq!(result_of(&platform, &sent).await.text(), r#""resumed in new""#);
}

#[tokio::test]
async fn invocations_of_a_removed_deployment_are_resumed_together_or_cancelled() {
    let platform = Platform::start().await;
    let (resumed, _new, mut of_new, _) = stranded(&platform).await;
    let all = "/invocations/resume?service=Desk&deployment=latest";
    let done = platform.ask(Method::PATCH, all, &json!({})).await;
    assert_eq!(crate::setup::json_of(&done)["done"], json!([resumed]), "{}", done.text());
    let awakeable = waits(&mut of_new).await;
    resume(&platform, &awakeable).await;
    assert_eq!(result_of(&platform, &resumed).await.text(), r#""resumed in new""#);

    // Nothing is recorded that its handler would have to undo.
    let (cancelled, ..) = stranded(&platform).await;
    let cancel = format!("/invocations/{cancelled}/cancel");
    assert!(platform.ask(Method::PATCH, &cancel, &json!({})).await.status.is_success());
    assert_eq!(result_of(&platform, &cancelled).await.status, 409);
}

/// What is bound in a process is its newest revision, from which others may take over.
#[tokio::test]
async fn a_service_moves_out_of_the_process() {
    let (inside, mut of_inside) = Stage::new("the process", &DESK);
    let platform = Platform::start_with(|builder| builder.bind(inside)).await;
    let before = platform.call(CALL);
    let waits_inside = waits(&mut of_inside).await;
    let (outside, mut of_outside) = Stage::new("the deployment", &DESK);
    let outside = serve([outside]).await;
    let added = platform.registered(outside.address()).await;
    assert_eq!(added["services"][0]["revision"], 2);
    let after = platform.call(CALL);
    let waits_outside = waits(&mut of_outside).await;
    let listed = restate_tests::client::get(platform.admin(), "/deployments").await.unwrap();
    let listed = crate::setup::json_of(&listed);
    assert_eq!(listed["deployments"][0]["kind"], "in-process");
    assert_eq!(listed["deployments"][0]["status"], "draining");
    resume(&platform, &waits_inside).await;
    resume(&platform, &waits_outside).await;
    assert_eq!(before.await.unwrap().text(), r#""resumed in the process""#);
    assert_eq!(after.await.unwrap().text(), r#""resumed in the deployment""#);
}

#[tokio::test]
async fn an_invocation_waits_for_a_service_that_is_deployed_later() {
    let (first, mut of_first) = Stage::new("the first", &DESK);
    let mut platform = Platform::start_with(|builder| builder.bind(first)).await;
    let sent = platform.post("/Desk/wait/send?delay=1ms", "").await;
    assert!(sent.status.is_success());
    waits(&mut of_first).await;
    // It has started in the process, which has the service no more.
    platform.crash(|builder| builder).await;
    let (second, mut of_second) = Stage::new("the second", &DESK);
    let second = serve([second]).await;
    platform.registered(second.address()).await;
    let awakeable = waits(&mut of_second).await;
    resume(&platform, &awakeable).await;
    let sent = crate::setup::json_of(&sent)["invocationId"].as_str().unwrap().to_owned();
    let path = format!("/restate/invocation/{sent}/attach");
    let ended = restate_tests::client::get(platform.ingress(), &path).await.unwrap();
    assert_eq!(ended.text(), r#""resumed in the second""#);
}
