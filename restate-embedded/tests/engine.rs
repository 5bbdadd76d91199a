//! The engine as handlers and clients see it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_embedded::ClientError;
use support::{World, call, counter};

async fn start() -> (World, restate_embedded::Engine) {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    (world, engine)
}

#[tokio::test]
async fn a_call_returns_what_the_handler_returned() {
    let (_, engine) = start().await;
    let reply: String = call(&engine.client(), "echo", "hello".to_owned()).await.unwrap();
    assert_eq!(reply, "hello");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_handler_calls_a_handler() {
    let (_, engine) = start().await;
    let reply: String = call(&engine.client(), "relay", "hello".to_owned()).await.unwrap();
    assert_eq!(reply, "relayed hello");
}

#[tokio::test]
async fn each_step_runs_once() {
    let (world, engine) = start().await;
    let _: String = call(&engine.client(), "steps", "x".to_owned()).await.unwrap();
    assert_eq!(world.lines(), ["one x", "two x", "three x"]);
}

#[tokio::test]
async fn h2_a_terminal_failure_reaches_the_caller_with_code_and_metadata() {
    let (_, engine) = start().await;
    let failed = call::<_, _, String>(&engine.client(), "fail", "short and stout".to_owned()).await;
    let Err(ClientError::Failed(error)) = failed else { panic!("must fail: {failed:?}") };
    assert_eq!((error.code(), error.message()), (418, "short and stout"));
    assert_eq!(error.metadata().collect::<Vec<_>>(), [("pot", "tea")]);
}

#[tokio::test]
async fn a_failing_handler_is_retried_until_it_succeeds() {
    let (world, engine) = start().await;
    world.set_broken(true);
    let reply = call::<_, _, String>(&engine.client(), "break", "x".to_owned()).call();
    world.until("try x").await;
    world.set_broken(false);
    assert_eq!(reply.await.unwrap(), "x");
    assert!(world.lines().len() >= 2, "{:?}", world.lines());
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let (world, engine) = start().await;
    let reply: String = call(&engine.client(), "panic", "x".to_owned()).await.unwrap();
    assert_eq!((reply.as_str(), world.lines().len()), ("x", 1));
}

#[tokio::test]
async fn a_sleep_ends() {
    let (_, engine) = start().await;
    let slept: u64 = call(&engine.client(), "sleep", 5_u64).await.unwrap();
    assert_eq!(slept, 5);
}

#[tokio::test]
async fn an_object_keeps_its_state_between_calls_and_apart_from_others() {
    let (_, engine) = start().await;
    let client = engine.client();
    for (key, total) in [("a", 2), ("b", 2), ("a", 4)] {
        let reply: i64 = counter(&client, key, "add", 2_i64).await.unwrap();
        assert_eq!(reply, total, "{key}");
    }
    let shared: i64 = counter(&client, "a", "get", ()).await.unwrap();
    assert_eq!(shared, 4);
}

#[tokio::test]
async fn j1_exclusive_handlers_of_a_key_run_one_after_the_other_in_order() {
    let (world, engine) = start().await;
    let client = engine.client();
    let calls: Vec<_> =
        (1..=3).map(|n| counter::<_, _, i64>(&client, "k", "add_slowly", n).call()).collect();
    let mut totals = Vec::new();
    for (n, call) in (1..).zip(calls) {
        world.until(&format!("adding {n}")).await;
        assert_eq!(world.lines().len(), n);
        // A shared handler does not wait for the exclusive one.
        let seen: i64 = counter(&client, "k", "get", ()).await.unwrap();
        assert_eq!(seen, totals.last().copied().unwrap_or(0));
        world.open_gate();
        totals.push(call.await.unwrap());
    }
    assert_eq!(totals, [1, 3, 6]);
}

#[tokio::test]
async fn a_handler_makes_one_way_and_delayed_calls() {
    let (world, engine) = start().await;
    let id: String = call(&engine.client(), "send_all", 10_u64).await.unwrap();
    world.until("echo now").await;
    world.until("echo later").await;
    assert_eq!(engine.client().invocation(&id).attach::<String>().await.unwrap(), "now");
}

#[tokio::test]
async fn i10_two_calls_with_one_idempotency_key_execute_once() {
    let (world, engine) = start().await;
    let client = engine.client();
    for _ in 0..2 {
        let call = call(&client, "echo", "once".to_owned()).idempotency_key("k");
        let reply: String = call.await.unwrap();
        assert_eq!(reply, "once");
    }
    assert_eq!(world.lines(), ["echo once"]);
}

#[tokio::test]
async fn a_call_from_outside_can_be_sent_with_a_delay_and_awaited_by_its_id() {
    let (world, engine) = start().await;
    let sent = call::<_, _, String>(&engine.client(), "echo", "x".to_owned());
    let id = sent.delayed(Duration::from_millis(5)).await.unwrap().invocation_id().clone();
    assert_eq!(engine.client().invocation(&id).attach::<String>().await.unwrap(), "x");
    assert_eq!(world.lines(), ["echo x"]);
}

#[tokio::test]
async fn a_cancelled_invocation_fails_with_code_409() {
    let (_, engine) = start().await;
    let id: String = call(&engine.client(), "cancel_sleeper", String::new()).await.unwrap();
    let failed = engine.client().invocation(&id).attach::<u64>().await;
    let Err(ClientError::Failed(error)) = failed else { panic!("must fail: {failed:?}") };
    assert_eq!(error.code(), 409);
}

#[tokio::test]
async fn an_awakeable_is_resolved_by_another_handler() {
    let (world, engine) = start().await;
    let client = engine.client();
    let waiting = call::<_, _, String>(&client, "await_awakeable", String::new()).call();
    let id = loop {
        let line = world.lines().pop();
        match line.as_deref().and_then(|line| line.strip_prefix("awakeable ")) {
            Some(id) => break id.to_owned(),
            None => tokio::task::yield_now().await,
        }
    };
    let () = call(&client, "resolve_awakeable", id).await.unwrap();
    assert_eq!(waiting.await.unwrap(), "resolved");
}

#[tokio::test]
async fn a_handler_attaches_to_a_running_invocation() {
    let (world, engine) = start().await;
    let client = engine.client();
    let id = call::<_, _, String>(&client, "gated", "x".to_owned())
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    world.until("waiting x").await;
    let attached = call::<_, _, String>(&client, "attach", id.to_string()).call();
    world.until("attaching").await;
    world.open_gate();
    assert_eq!(attached.await.unwrap(), "attached x");
}

#[tokio::test]
async fn a_handler_that_suspends_at_every_await_returns_the_same_result() {
    let world = World::default();
    let engine = world.engine().in_memory().inactivity_timeout(Duration::ZERO);
    let engine = engine.start().await.unwrap();
    let client = engine.client();
    let relayed: String = call(&client, "relay", "x".to_owned()).await.unwrap();
    let _: String = call(&client, "steps", "y".to_owned()).await.unwrap();
    let _: u64 = call(&client, "sleep", 2_u64).await.unwrap();
    assert_eq!(relayed, "relayed x");
    assert_eq!(world.lines()[..4], ["echo x", "one y", "two y", "three y"]);
}

#[tokio::test]
async fn calls_to_an_engine_that_has_stopped_fail() {
    let (_, engine) = start().await;
    let client = engine.client();
    engine.shutdown().await.unwrap();
    let refused = call::<_, _, String>(&client, "echo", "x".to_owned()).await;
    assert_eq!(refused, Err(ClientError::Stopped));
}
