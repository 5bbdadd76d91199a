//! What is near the limit of SQLite, 10^9 bytes in one row: it needs a few gigabytes of memory and
//! disk, so `cargo xtask large` runs it, also as a part of `cargo xtask test`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::{Duration, Instant};

use restate_core::{HandlerResult, ObjectContext};
use restate_embedded::{ClientError, Engine};
use support::actor::{Act, act, actor};

#[expect(clippy::disallowed_methods, reason = "a test that measures")]
fn now() -> Instant {
    Instant::now()
}

const MEGABYTE: usize = 1_000_000;

fn large(ctx: ObjectContext<'_>, text: String) -> Act<'_> {
    Box::pin(async move { issue(ctx, &text).await })
}

async fn issue(ctx: ObjectContext<'_>, text: &str) -> HandlerResult<String> {
    match text {
        "flood" => {
            for _ in 0..1100 {
                act(&ctx, "sink", &"x".repeat(MEGABYTE)).one_way().await?;
            }
            ctx.sleep(Duration::from_millis(1)).await?;
        }
        // 800 MB under one key.
        "fill" => (0..25).for_each(|n| ctx.set(&n.to_string(), "x".repeat(32 * MEGABYTE))),
        "read" => {
            let value: Option<String> = ctx.get("7").await?;
            return Ok(value.unwrap_or_default().len().to_string());
        }
        "set" => {
            ctx.set("value", "x".repeat(1000 * MEGABYTE + 1));
            ctx.sleep(Duration::from_millis(1)).await?;
        }
        _ => {}
    }
    Ok("done".to_owned())
}

#[tokio::test]
#[ignore = "needs gigabytes; run by `cargo xtask large`"]
async fn more_than_a_row_can_hold_between_two_waits_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    let builder = || Engine::builder().bind(actor(large)).data_dir(directory.path());
    let engine = builder().start().await.unwrap();
    let flooded = act(&engine.client(), "k", "flood").await;
    assert_eq!(flooded, Ok("done".to_owned()));
    engine.shutdown().await.unwrap();
    let engine = builder().start().await.unwrap();
    assert_eq!(act(&engine.client(), "k", "nothing").await, Ok("done".to_owned()));
}

#[tokio::test]
#[ignore = "needs gigabytes; run by `cargo xtask large`"]
async fn a_value_that_no_row_can_hold_ends_its_invocation_only() {
    let directory = tempfile::tempdir().unwrap();
    let builder = || Engine::builder().bind(actor(large)).data_dir(directory.path());
    let engine = builder().start().await.unwrap();
    match act(&engine.client(), "k", "set").await {
        Err(ClientError::Failed(error)) => assert_eq!(error.code(), 413, "{error}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(act(&engine.client(), "k", "nothing").await, Ok("done".to_owned()));
    engine.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs gigabytes; run by `cargo xtask large`"]
async fn large_state_does_not_hold_up_other_calls() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::builder().bind(actor(large)).data_dir(directory.path()).start().await;
    let engine = engine.unwrap();
    let client = engine.client();
    assert_eq!(act(&client, "large", "fill").await, Ok("done".to_owned()));
    let calling = tokio::spawn({
        let client = client.clone();
        async move {
            for _ in 0..20 {
                assert_eq!(act(&client, "large", "nothing").await, Ok("done".to_owned()));
            }
        }
    });
    let mut longest = Duration::ZERO;
    while !calling.is_finished() {
        let started = now();
        assert_eq!(act(&client, "small", "nothing").await, Ok("done".to_owned()));
        longest = longest.max(started.elapsed());
    }
    calling.await.unwrap();
    println!("the longest of the other calls took {longest:?}");
    // Loading 800 MB takes longer, on any machine that these tests run on.
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    let read = act(&client, "large", "read").await;
    assert_eq!(read, Ok((32 * MEGABYTE).to_string()));
}
