//! Which revision an invocation runs on.

use http::Method;
use restate_core::contract::ServiceDescriptor;
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
    eventually("the invocation waits for its deployment", async || {
        let path = format!("/invocations/{sent}");
        let shown = restate_tests::client::get(platform.admin(), &path).await.unwrap();
        (crate::setup::json_of(&shown)["status"] == "unbound").then_some(())
    })
    .await;
    let killed =
        platform.ask(Method::PATCH, &format!("/invocations/{sent}/kill"), &json!({})).await;
    assert!(killed.status.is_success(), "{}", killed.text());
    let gone = restate_tests::client::get(platform.admin(), &path).await.unwrap();
    assert_eq!(gone.status, 404);
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
