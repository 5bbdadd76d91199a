//! The test environment: virtual time, and state.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_embedded::testing::{TestEngine, TestEngineBuilder};
use support::{World, call, signup};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn builder(world: &World) -> TestEngineBuilder {
    let (worker, counter, signup) = world.services();
    TestEngine::builder().bind(worker).bind(counter).bind(signup)
}

#[tokio::test]
async fn time_skips_to_the_next_timer_while_a_test_waits() {
    let test = builder(&World::default()).start().await;
    let month = 30 * 24 * 60 * 60 * 1000_u64;
    let slept: u64 = call(&test.client(), "sleep", month).await.unwrap();
    assert_eq!(slept, month);
    assert_eq!(test.elapsed(), 30 * DAY);
}

#[tokio::test]
async fn d10_time_stands_still_while_no_test_waits_and_can_be_advanced() {
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
async fn a_month_long_workflow_is_tested_without_waiting() {
    let test = builder(&World::default()).start().await;
    let client = test.client();
    let run = signup::<_, _, String>(&client, "k", "run", "Ann".to_owned()).one_way().await;
    test.advance(30 * DAY).await;
    let () = signup(&client, "k", "confirm", "42".to_owned()).await.unwrap();
    assert_eq!(run.unwrap().attach::<String>().await.unwrap(), "Ann confirmed 42");
    assert_eq!(test.state::<String>("Signup", "k", "name").await.as_deref(), Some("Ann"));
    test.advance(DAY).await;
    assert_eq!(test.state::<String>("Signup", "k", "name").await, None, "retention is over");
}
