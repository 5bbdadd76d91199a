//! What is near the limit of SQLite, 10^9 bytes in one row: it needs a few gigabytes of memory and
//! disk, so `cargo xtask large` runs it, also as a part of `cargo xtask test`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_core::{HandlerResult, ObjectContext};
use restate_embedded::{ClientError, Engine};
use support::actor::{Act, act, actor};

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
