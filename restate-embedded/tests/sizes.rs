//! Limits of size: what exceeds one is refused before it is stored, with a failure that names it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_core::{HandlerResult, ObjectContext};
use restate_embedded::{Client, ClientError, Engine, EngineBuildError, testing::TestEngine};
use support::{
    actor::{Act, act, actor},
    http,
};

const MESSAGE: usize = 40_000;
const VALUE: usize = 20_000;
const STATE: u64 = 50_000;
const JOURNAL: u64 = 500_000;

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn sizes(ctx: ObjectContext<'_>, text: String) -> Act<'_> {
    Box::pin(async move { issue(ctx, &text).await })
}

async fn issue(ctx: ObjectContext<'_>, what: &str) -> HandlerResult<String> {
    match what {
        "value" => ctx.set("v", text(VALUE)),
        "state" => (0..3).for_each(|n| ctx.set(&n.to_string(), text(VALUE - 100))),
        // As much as fits, over and over.
        "replaced" => {
            for _ in 0..10 {
                ctx.set("a", text(VALUE - 100));
                ctx.set("b", text(VALUE - 100));
            }
            let found: Option<String> = ctx.get("b").await?;
            return Ok(found.unwrap_or_default().len().to_string());
        }
        "grow" => {
            let number = ctx.state_keys().await?.len();
            ctx.set(&number.to_string(), text(VALUE - 100));
        }
        "journal" => {
            for _ in 0..JOURNAL / 10_000 {
                act(&ctx, "other", &text(10_000)).one_way().await?;
            }
        }
        "runs" => {
            for _ in 0..JOURNAL / 10_000 {
                ctx.run(|| async { Ok(text(10_000)) }).await?;
            }
        }
        "run" => drop(ctx.run(|| async { Ok(text(MESSAGE)) }).await?),
        "call" => drop(act(&ctx, "other", &text(MESSAGE)).await?),
        "send" => drop(act(&ctx, "other", &text(MESSAGE)).one_way().await?),
        "respond" => return Ok(text(MESSAGE)),
        // It is refused, whatever the handler makes of it.
        "catch" => drop(act(&ctx, "other", &text(MESSAGE)).await),
        _ => return Ok("nothing".to_owned()),
    }
    ctx.sleep(Duration::from_millis(1)).await?;
    Ok("done".to_owned())
}

/// What a handler does, and the start of the failure that its caller gets.
const REFUSED: [(&str, &str); 9] = [
    ("value", "the value of state `v` has 20002 bytes, over the value limit of 20000 bytes"),
    ("state", "with the value of `2`, the state of this key has"),
    ("journal", "the journal has"),
    ("runs", "the journal has"),
    ("run", "the result of a `run` step is a message"),
    ("call", "the request of a call is a message"),
    ("send", "the request of a call is a message"),
    ("respond", "the response of the handler is a message"),
    ("catch", "the request of a call is a message"),
];

async fn all_are_refused(client: &Client) {
    for (what, message) in REFUSED {
        match act(client, what, what).await {
            Err(ClientError::Failed(error)) => {
                assert_eq!(error.code(), 413, "{what}: {error}");
                assert!(error.message().starts_with(message), "{what}: {error}");
                assert!(error.message().contains("limit of "), "{what}: {error}");
            }
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(act(client, what, "nothing").await, Ok("nothing".to_owned()), "{what}");
    }
    assert_eq!(act(client, "replaced", "replaced").await, Ok((VALUE - 100).to_string()));
    // The size counts over several invocations of a key.
    let grown: Vec<bool> = [
        act(client, "grow", "grow").await.is_ok(),
        act(client, "grow", "grow").await.is_ok(),
        act(client, "grow", "grow").await.is_ok(),
    ]
    .into();
    assert_eq!(grown, [true, true, false]);
    match act(client, "k", &text(MESSAGE)).await {
        Err(ClientError::Failed(error)) => assert_eq!(error.code(), 413, "{error}"),
        other => panic!("a client's message: {other:?}"),
    }
    match client.awakeable("sign_1x").resolve(&text(MESSAGE)).await {
        Err(ClientError::Failed(error)) => assert_eq!(error.code(), 413, "{error}"),
        other => panic!("a client's awakeable: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_the_engine() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::builder()
        .bind(actor(sizes))
        .data_dir(directory.path())
        .message_limit(MESSAGE)
        .value_limit(VALUE)
        .state_limit(STATE)
        .journal_limit(JOURNAL)
        .ingress("127.0.0.1:0")
        .start()
        .await
        .unwrap();
    all_are_refused(&engine.client()).await;
    let body = format!("\"{}\"", text(MESSAGE));
    let response = http::post(engine.ingress_addr().unwrap(), "/Actor/k/act", &body).await;
    assert_eq!(response.status, 413, "{response:?}");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_tests() {
    let test = TestEngine::builder()
        .bind(actor(sizes))
        .message_limit(MESSAGE)
        .value_limit(VALUE)
        .state_limit(STATE)
        .journal_limit(JOURNAL)
        .start()
        .await;
    all_are_refused(&test.client()).await;
}

#[tokio::test]
async fn a_message_limit_beyond_that_of_the_database_is_refused() {
    let started = Engine::builder().in_memory().message_limit(1 << 30).start().await;
    let error = started.unwrap_err();
    assert!(matches!(error, EngineBuildError::MessageLimit { .. }), "{error}");
    assert!(error.to_string().contains("set `.message_limit(..)` to 471859200"), "{error}");
}

fn large(ctx: ObjectContext<'_>, text: String) -> Act<'_> {
    Box::pin(async move { do_large(ctx, &text).await })
}

async fn do_large(ctx: ObjectContext<'_>, what: &str) -> HandlerResult<String> {
    match what {
        "put" => (0..4).for_each(|n| ctx.set(&n.to_string(), text(500_000 + n))),
        // Each run is replayed from a journal of 3 MB, three times.
        "run" => {
            let mut total = 0;
            for n in 0..30 {
                total += ctx.run(|| async { Ok(text(100_000)) }).await?.len();
                if n % 10 == 9 {
                    ctx.sleep(Duration::from_millis(1)).await?;
                }
            }
            return Ok(total.to_string());
        }
        "change" => {
            ctx.clear("0");
            ctx.set("1", "short".to_owned());
        }
        _ => {}
    }
    let mut found = String::new();
    for key in ctx.state_keys().await? {
        let value: Option<String> = ctx.get(&key).await?;
        found += &format!("{key}:{} ", value.map_or(0, |value| value.len()));
    }
    Ok(found)
}

#[tokio::test]
async fn large_state_and_long_journals_are_read_in_the_engine() {
    let directory = tempfile::tempdir().unwrap();
    let builder = || {
        Engine::builder()
            .bind(actor(large))
            .data_dir(directory.path())
            .inactivity_timeout(Duration::ZERO)
    };
    let engine = builder().start().await.unwrap();
    let client = engine.client();
    let put = act(&client, "k", "put").await;
    assert_eq!(put.unwrap(), "0:500000 1:500001 2:500002 3:500003 ");
    assert_eq!(act(&client, "k", "get").await.unwrap(), "0:500000 1:500001 2:500002 3:500003 ");
    assert_eq!(act(&client, "k", "change").await.unwrap(), "1:5 2:500002 3:500003 ");
    assert_eq!(act(&client, "k", "run").await.unwrap(), "3000000");
    engine.shutdown().await.unwrap();
    let engine = builder().start().await.unwrap();
    assert_eq!(act(&engine.client(), "k", "get").await.unwrap(), "1:5 2:500002 3:500003 ");
}
