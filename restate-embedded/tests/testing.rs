//! The test environment: time that passes by itself or by hand, replays, faults, recordings.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_core::{
    Context, HandlerDescriptor, HandlerFuture, HandlerResult, Incoming, Service, ServiceDescriptor,
};
use restate_embedded::{
    ClientError,
    testing::{Fault, Recording, RecordingError, TestBuilder, TestEngine},
};
use support::{World, call, counter, signup};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn builder(world: &World) -> TestBuilder {
    let (worker, counter, signup) = world.services();
    TestEngine::builder().bind(worker).bind(counter).bind(signup)
}

#[tokio::test]
async fn time_skips_to_what_a_test_waits_for() {
    let test = builder(&World::default()).start().await;
    let month = 30 * 24 * 60 * 60 * 1000_u64;
    let slept: u64 = call(&test.client(), "sleep", month).await.unwrap();
    assert_eq!(slept, month);
    assert_eq!(test.elapsed(), 30 * DAY);
}

#[tokio::test]
async fn d10_time_stands_still_while_nobody_waits_and_is_advanced_by_hand() {
    let world = World::default();
    let test = builder(&world).start().await;
    let client = test.client();
    for (text, days) in [("a", 1), ("b", 2), ("c", 3)] {
        let sent = call::<_, _, String>(&client, "echo", text.to_owned());
        sent.delayed(days * DAY).await.unwrap();
    }
    assert_eq!(test.elapsed(), Duration::ZERO);
    test.advance(2 * DAY).await;
    assert_eq!(world.lines(), ["echo a", "echo b"]);
    test.advance(DAY - Duration::from_millis(1)).await;
    assert_eq!(world.lines(), ["echo a", "echo b"]);
    test.advance(Duration::from_millis(1)).await;
    assert_eq!(world.lines(), ["echo a", "echo b", "echo c"]);
    assert_eq!(test.elapsed(), 3 * DAY);
}

#[tokio::test]
async fn retries_take_no_time_of_the_test() {
    let world = World::default();
    let test = builder(&world).start().await;
    world.set_broken(true);
    let reply = call::<_, _, String>(&test.client(), "break", "x".to_owned()).call();
    let reply = tokio::spawn(reply);
    while world.lines().len() < 20 {
        world.next_line(world.lines().len()).await;
    }
    world.set_broken(false);
    assert_eq!(reply.await.unwrap().unwrap(), "x");
    assert!(test.elapsed() > Duration::from_secs(60), "{:?}", test.elapsed());
}

#[tokio::test]
async fn a_month_long_workflow_is_tested_in_no_time() {
    let test = builder(&World::default()).start().await;
    let client = test.client();
    let run = signup::<_, _, String>(&client, "k", "run", "Ann".to_owned()).one_way().await;
    test.advance(30 * DAY).await;
    let () = signup(&client, "k", "confirm", "42".to_owned()).await.unwrap();
    assert_eq!(client.attach::<String>(run.unwrap()).await.unwrap(), "Ann confirmed 42");
    assert_eq!(test.state::<String>("Signup", "k", "name").await.as_deref(), Some("Ann"));
    test.advance(DAY).await;
    assert_eq!(test.state::<String>("Signup", "k", "name").await, None, "retention is over");
}

#[tokio::test]
async fn a_crash_at_any_commit_changes_nothing() {
    for commit in 0.. {
        let world = World::default();
        let test = builder(&world).fault(Fault::CrashBefore(commit)).start().await;
        let add = |test: &TestEngine| {
            let added = counter::<_, i64, i64>(&test.client(), "k", "add", 2);
            added.idempotency_key("once").call()
        };
        let outcome = add(&test).await;
        if outcome.is_err() {
            assert_eq!(outcome, Err(ClientError::Stopped));
        }
        let test = test.restart().await;
        assert_eq!(add(&test).await, Ok(2), "crashed at commit {commit}");
        assert_eq!(test.state::<i64>("Counter", "k", "total").await, Some(2));
        if outcome.is_ok() {
            assert!(commit > 1);
            return;
        }
    }
}

#[tokio::test]
async fn a_recorded_journal_is_replayed_against_the_code_of_today() {
    let world = World::default();
    let test = builder(&world).start().await;
    let client = test.client();
    let id = call::<_, _, String>(&client, "steps", "x".to_owned()).one_way().await.unwrap();
    let _: String = client.attach(id).await.unwrap();
    let recording = test.record(id).await.unwrap();
    assert_eq!(recording.entries().len(), 7, "{:?}", recording.entries());

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("steps.journal");
    recording.save(&file).unwrap();
    let loaded = Recording::load(&file).unwrap();
    assert_eq!(loaded, recording);
    loaded.replay(&world.services().0).await.unwrap();

    let divergence = loaded.replay(&Changed).await.unwrap_err();
    assert_eq!(divergence.known_entries(), 1, "{divergence}");
    let message = divergence.to_string();
    assert!(message.contains("SleepCommand") && message.contains("RunCommand"), "{message}");

    std::fs::write(&file, "no recording").unwrap();
    assert!(matches!(Recording::load(&file), Err(RecordingError::Malformed)));
    assert!(matches!(Recording::load("/nowhere"), Err(RecordingError::Io(_))));
}

/// The worker, whose `steps` now sleeps first.
struct Changed;

impl Service for Changed {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Worker",
            &[HandlerDescriptor::plain::<String, String>("steps")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: Incoming<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: Context<'a>, text: String| async move {
            ctx.sleep(DAY).await?;
            HandlerResult::Ok(text)
        })
    }
}
