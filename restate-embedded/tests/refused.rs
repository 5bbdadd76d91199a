//! Commands that the engine refuses: the handler or its caller is told, and nothing is lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_core::{HandlerResult, ObjectContext, TerminalError};
use restate_embedded::{Client, ClientError, Engine, testing::TestEngine};
use support::actor::{Act, act, actor};

/// Longer than a failure takes. A command that is lost makes its handler wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// Of the right length, but no number of 128 bits.
const ALMOST: &str = "inv_1gNNsTMbqFnFZZZZZZZZZZZZZZZZZZZZZZ";

const WHAT: [&str; 17] = [
    "attach nope",
    "output nope",
    "cancel nope",
    "signal nope",
    "attach",
    "output",
    "cancel",
    "signal",
    "resolve sign_1abc\n",
    "reject x",
    // The id of an awakeable that only a Restate server would accept.
    "resolve prom_1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "call",
    "send",
    "call-key",
    "send-key",
    "call-idempotency",
    "send-idempotency",
];

fn refused(ctx: ObjectContext<'_>, text: String) -> Act<'_> {
    Box::pin(async move { issue(ctx, &text).await })
}

async fn issue(ctx: ObjectContext<'_>, text: &str) -> HandlerResult<String> {
    let (what, id) = text.split_once(' ').unwrap_or((text, ALMOST));
    match what {
        "attach" => return Ok(ctx.invocation(id).attach().await?),
        "output" => drop(ctx.invocation(id).output::<String>().await?),
        "cancel" => ctx.invocation(id).cancel().await?,
        "signal" => ctx.invocation(id).signal("go", "on".to_owned()).await?,
        "resolve" => ctx.resolve_awakeable(id, "v".to_owned()),
        "reject" => ctx.reject_awakeable(id, TerminalError::new("no")),
        "call" => return Ok(act(&ctx, "other", "ok").scope("s").await?),
        "call-key" => return Ok(act(&ctx, &long(), "ok").await?),
        "send-key" => drop(act(&ctx, &long(), "ok").one_way().await?),
        "call-idempotency" => return Ok(act(&ctx, "other", "ok").idempotency_key(long()).await?),
        "send-idempotency" => {
            drop(act(&ctx, "other", "ok").idempotency_key(long()).one_way().await?);
        }
        "send" => drop(act(&ctx, "other", "ok").scope("s").one_way().await?),
        _ => {}
    }
    Ok("done".to_owned())
}

/// Longer than a key may be.
fn long() -> String {
    "k".repeat(1025)
}

async fn all_are_told(client: &Client) {
    for what in WHAT {
        let outcome = tokio::time::timeout(PATIENCE, async { act(client, "k", what).await }).await;
        match outcome {
            Ok(Err(ClientError::Failed(error))) => {
                assert_eq!(error.code(), 400, "{what}: {error}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    for call in [act(client, &long(), "ok"), act(client, "k", "ok").idempotency_key(long())] {
        let refused = call.await.unwrap_err().to_string();
        assert!(refused.contains("1025 bytes; at most 1024"), "{refused}");
    }
    assert_eq!(act(client, "k", "nothing").await, Ok("done".to_owned()), "the key is free");
}

#[tokio::test]
async fn a_refused_command_fails_its_handler_in_the_engine() {
    let engine = Engine::builder().bind(actor(refused)).in_memory().start().await.unwrap();
    all_are_told(&engine.client()).await;
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_refused_command_fails_its_handler_in_tests() {
    let test = TestEngine::builder().bind(actor(refused)).start().await;
    all_are_told(&test.client()).await;
}

#[tokio::test]
async fn a_handler_can_go_on_after_a_refused_command_that_has_a_result() {
    let test = TestEngine::builder()
        .bind(actor(|ctx, text| {
            Box::pin(async move {
                if text != "catch" {
                    return Ok(text);
                }
                let attached = ctx.invocation(ALMOST).attach::<String>().await;
                let called = act(&ctx, "other", "ok").scope("s").await;
                let codes = [attached, called].map(|outcome| outcome.unwrap_err().code());
                ctx.sleep(Duration::from_secs(60)).await?;
                Ok(format!("{codes:?} {}", act(&ctx, "other", "ok").await?))
            })
        }))
        .start()
        .await;
    let outcome = act(&test.client(), "k", "catch").await;
    assert_eq!(outcome, Ok("[400, 400] ok".to_owned()));
}
