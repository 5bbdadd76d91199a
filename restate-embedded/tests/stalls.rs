//! What waits for something that cannot happen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_embedded::{
    ClientError, Engine,
    testing::{TestEngine, TestEngineBuilder},
};
use serde_json::{Value, json};
use support::{
    World,
    actor::{act, actor},
    call,
    http::get,
    lines::Lines,
};

fn stalling(world: &World) -> TestEngineBuilder {
    let (worker, _, signup) = world.services();
    TestEngine::builder().bind(worker).bind(signup).stall_timeout(Duration::from_millis(1))
}

#[track_caller]
fn explanation<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> String {
    let ClientError::Failed(error) = outcome.unwrap_err() else { panic!("the engine runs") };
    assert!(error.message().starts_with("nothing can happen any more"), "{error}");
    error.message().to_owned()
}

#[tokio::test]
async fn a_test_engine_names_the_awakeable_that_nobody_completes() {
    let test = stalling(&World::default()).start().await;
    let called = call::<_, _, String>(&test.client(), "await_awakeable", String::new());
    let why = explanation(called.await);
    assert!(why.contains("Worker/await_awakeable waits for awakeable 17"), "{why}");
}

#[tokio::test]
async fn a_test_engine_names_the_promise_that_nobody_completes_also_after_time_has_passed() {
    let test = stalling(&World::default()).start().await;
    let slept: u64 = call(&test.client(), "sleep", 3_600_000_u64).await.unwrap();
    assert_eq!(slept, 3_600_000, "a sleep is no stall");
    let run = support::signup::<_, _, String>(&test.client(), "k", "run", "Ann".to_owned());
    let why = explanation(run.await);
    assert!(why.contains("Signup/k/run waits for completion"), "{why}");
}

#[tokio::test]
async fn a_test_engine_names_calls_that_wait_for_each_other() {
    let actors = TestEngine::builder().bind(actor(move |ctx, text| {
        Box::pin(async move {
            match (text.as_str(), text.split_once(' ')) {
                ("attach", _) => Ok(ctx.invocation(ctx.invocation_id()).attach().await?),
                (_, Some((next, rest))) => Ok(act(&ctx, next, rest).await?),
                (_, None) => Ok(text),
            }
        })
    }));
    let test = actors.stall_timeout(Duration::from_millis(1)).start().await;
    let why = explanation(act(&test.client(), "a", "b a b").await);
    assert!(why.contains("Actor/a/act waits for the result of inv_"), "{why}");
    assert!(why.contains("Actor/b/act waits for the result of inv_"), "{why}");
    assert!(why.contains("Actor/a/act waits for its key, which inv_"), "{why}");
    assert!(why.contains("(in a cycle)"), "{why}");
    let why = explanation(act(&test.client(), "c", "attach").await);
    assert!(why.contains("Actor/c/act waits for its own result"), "{why}");
}

#[tokio::test]
async fn logs_and_admin_name_what_an_invocation_waits_for_in_a_cycle() {
    let lines = Lines::install();
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::builder().bind(actor(move |ctx, text| {
        Box::pin(async move {
            match &*text {
                "attach" => Ok(ctx.invocation(ctx.invocation_id()).attach().await?),
                "call" => Ok(act(&ctx, "a", "nothing").await?),
                _ => Ok(text),
            }
        })
    }));
    let engine = engine.data_dir(directory.path()).inactivity_timeout(Duration::ZERO);
    let engine = engine.admin("127.0.0.1:0").start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    let suspended = async |id: &str| loop {
        let shown: Value = get(admin, &format!("/invocations/{id}")).await.json();
        if shown["status"] == "suspended" {
            return shown;
        }
        tokio::task::yield_now().await;
    };

    let sent = act(&engine.client(), "c", "attach").one_way().await.unwrap();
    let id = sent.invocation_id().to_string();
    lines.with(&["WARN waits for its own result", &id]).await;
    let shown = suspended(&id).await;
    assert_eq!(shown["waits_for"], json!(["its own result, which it has only when it ends"]));
    assert_eq!(shown["in_cycle"], json!(true));

    let sent = act(&engine.client(), "a", "call").one_way().await.unwrap();
    let id = sent.invocation_id().to_string();
    let line = lines.with(&["WARN waits for its key", &id]).await;
    assert!(line.contains(&format!("which {id} (Actor/a/act) holds")), "{line}");
    let shown = suspended(&id).await;
    let waits_for = shown["waits_for"][0].as_str().unwrap();
    assert!(waits_for.starts_with("the result of inv_"), "{waits_for}");
    assert!(waits_for.ends_with("(Actor/a/act, pending)"), "{waits_for}");
    assert_eq!(shown["in_cycle"], json!(true));
    engine.shutdown().await.unwrap();
}
