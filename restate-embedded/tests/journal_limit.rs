//! What others add to a journal, such as signals and results, counts against its limit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use futures::future::join_all;
use restate_core::{HandlerResult, ObjectContext, TerminalError};
use restate_embedded::{Client, ClientError, Engine, testing::TestEngine};
use support::{
    World,
    actor::{Act, act, logging_actor},
    http,
};

const JOURNAL: u64 = 100_000;

/// Ten of these are more than the limit.
const PART: usize = 11_000;

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn waiting(world: World, ctx: ObjectContext<'_>, what: String) -> Act<'_> {
    Box::pin(async move { wait(&world, ctx, &what).await })
}

async fn wait(world: &World, ctx: ObjectContext<'_>, what: &str) -> HandlerResult<String> {
    let (what, rest) = what.split_once(' ').unwrap_or((what, ""));
    match what {
        // Ends with the signal `go`, whatever else it is sent.
        "signal" => {
            world.log(format!("waiting {}", ctx.key()));
            Ok(ctx.signal("go").await?)
        }
        "awakeables" => {
            let all: Vec<_> = (0..10).map(|_| ctx.awakeable::<String>()).collect();
            let ids: Vec<_> = all.iter().map(|one| one.id().to_owned()).collect();
            world.log(format!("awakeables {}", ids.join(" ")));
            join_all(all).await.into_iter().collect::<Result<String, TerminalError>>()?;
            Ok("all".to_owned())
        }
        "call" => {
            let part = |n: u32| act(&ctx, &n.to_string(), "part").call();
            let calls: Vec<_> = (0..10).map(part).collect();
            // The handler does not mind failures of calls; this one ends it.
            Ok(join_all(calls).await.len().to_string())
        }
        "part" => Ok(text(PART)),
        "put" => {
            ctx.set("part", text(PART));
            Ok("put".to_owned())
        }
        // Each read of state is a result, too.
        "read" => {
            for _ in 0..10 {
                ctx.sleep(std::time::Duration::from_millis(1)).await?;
                let _: Option<String> = ctx.get("part").await?;
            }
            Ok("read".to_owned())
        }
        "send" => {
            let receiver = ctx.invocation(rest);
            for _ in 0..5 {
                receiver.signal("other", text(PART)).await?;
            }
            Ok("sent".to_owned())
        }
        other => panic!("{other}"),
    }
}

fn is_too_long(result: Result<impl std::fmt::Debug, ClientError>) -> String {
    match result {
        Err(ClientError::Failed(error)) if error.code() == 413 => {
            let message = error.message().to_owned();
            assert!(message.starts_with("the journal has"), "{message}");
            assert!(message.contains("over the journal limit of 100000 bytes"), "{message}");
            message
        }
        other => panic!("{other:?}"),
    }
}

async fn the_limit_holds(world: &World, client: &Client) {
    // A client is refused, and the handler goes on.
    let sent = act(client, "signal", "signal").one_way().await.unwrap();
    world.until("waiting signal").await;
    let receiver = client.invocation(sent.invocation_id());
    for _ in 0..9 {
        receiver.signal("other", text(PART)).await.unwrap();
    }
    is_too_long(receiver.signal("other", text(PART)).await);
    receiver.signal("go", "gone".to_owned()).await.unwrap();
    assert_eq!(receiver.attach::<String>().await.unwrap(), "gone");
    // Nobody is left to receive it.
    receiver.signal("other", text(PART)).await.unwrap();

    let sent = act(client, "awakeables", "awakeables").one_way().await.unwrap();
    let mut ids = Vec::new();
    for n in 0.. {
        let line = world.next_line(n).await;
        if line.starts_with("awakeables") {
            ids = line.split(' ').skip(1).map(str::to_owned).collect();
            break;
        }
    }
    for id in &ids[..9] {
        client.awakeable(id).resolve(&text(PART)).await.unwrap();
    }
    is_too_long(client.awakeable(&ids[9]).resolve(&text(PART)).await);
    client.awakeable(&ids[9]).resolve(&"short".to_owned()).await.unwrap();
    let result = client.invocation(sent.invocation_id()).attach::<String>().await;
    assert_eq!(result.unwrap(), "all");

    // Handlers cannot be refused what they have done: the receiver ends.
    is_too_long(act(client, "call", "call").await);
    let sent = act(client, "receiver", "signal").one_way().await.unwrap();
    world.until("waiting receiver").await;
    let id = sent.invocation_id().to_string();
    for _ in 0..2 {
        // The journal of the sender has the signals, too.
        let sent = act(client, "sender", &format!("send {id}")).await;
        assert_eq!(sent, Ok("sent".to_owned()));
    }
    is_too_long(client.invocation(&id).attach::<String>().await);
    // The keys are free again.
    assert_eq!(act(client, "receiver", "put").await, Ok("put".to_owned()));
    assert_eq!(act(client, "call", "put").await, Ok("put".to_owned()));
}

#[tokio::test]
async fn the_limit_holds_in_the_engine() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let builder = Engine::builder().bind(logging_actor(&world, waiting));
    let builder = builder.data_dir(directory.path()).journal_limit(JOURNAL);
    let engine = builder.ingress("127.0.0.1:0").start().await.unwrap();
    let client = engine.client();
    the_limit_holds(&world, &client).await;

    let sent = act(&client, "http", "signal").one_way().await.unwrap();
    world.until("waiting http").await;
    let path = format!("/restate/signals/{}/other/resolve", sent.invocation_id());
    let body = format!("\"{}\"", text(PART));
    let (ingress, mut statuses) = (engine.ingress_addr().unwrap(), Vec::new());
    for _ in 0..10 {
        statuses.push(http::post(ingress, &path, &body).await.status);
    }
    assert_eq!(statuses, [202, 202, 202, 202, 202, 202, 202, 202, 202, 413]);
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_limit_holds_in_tests() {
    let world = World::default();
    let test = TestEngine::builder().bind(logging_actor(&world, waiting));
    let test = test.journal_limit(JOURNAL).start().await;
    the_limit_holds(&world, &test.client()).await;
}

#[tokio::test]
async fn values_that_are_read_count() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let builder = Engine::builder()
        .bind_with(logging_actor(&world, waiting), restate_core::Settings::new().lazy_state(true));
    let builder = builder.data_dir(directory.path()).journal_limit(JOURNAL);
    let engine = builder.start().await.unwrap();
    let client = engine.client();
    act(&client, "k", "put").await.unwrap();
    is_too_long(act(&client, "k", "read").await);
    engine.shutdown().await.unwrap();
}
