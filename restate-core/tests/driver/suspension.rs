use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::{Either, select};
use restate_core::attempt::Outcome;

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

/// Records that it was dropped.
struct Canary(Arc<AtomicBool>);

impl Drop for Canary {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn e5_e6_no_code_of_the_handler_runs_after_its_attempt_has_suspended() {
    let (gone, went_on) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let shared = (Arc::clone(&gone), Arc::clone(&went_on));
    let mut script = Script::start("", move |ctx, _| {
        let (gone, went_on) = shared.clone();
        handler(async move {
            let _canary = Canary(gone);
            let slept = ctx.sleep(Duration::from_secs(1)).await;
            went_on.store(true, Ordering::Relaxed);
            slept?;
            ctx.set("too late", true);
            Ok(Bytes::new())
        })
    });
    script.sent();
    assert!(!gone.load(Ordering::Relaxed));
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #1 signal 1"]);
    assert!(gone.load(Ordering::Relaxed), "the handler is dropped");
    script.wake_up(1);
    assert_eq!(script.sent(), [""; 0], "what comes after is not heard");
    assert!(!went_on.load(Ordering::Relaxed));
}

#[test]
fn i1_without_an_end_of_input_the_handler_waits_without_limit() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(GreeterClient::new(ctx).greet("Pete").await?) })
    });
    script.sent();
    assert_eq!(script.sent(), [""; 0]);
    assert_eq!(script.outcome(), None);
}

#[test]
fn i2_i4_when_the_input_ends_it_suspends_on_what_it_awaits() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let calls = [client.greet("a").call(), client.greet("b").call()];
            let all = futures::future::try_join_all(calls).await?;
            Ok(all.concat().into())
        })
    });
    script.sent();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #2 #4 signal 1"]);
    assert_eq!(script.outcome(), Some(&Outcome::Suspended));
    script.respond(4, "B");
    script.crash();
    assert_eq!(script.sent(), [""; 0]);
    script.respond(2, "A");
    assert_eq!(script.sent(), [r#"output "AB""#, "end"]);
}

#[test]
fn awaited_operations_are_reported_once() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    })
    .reporting_awaits();
    assert_eq!(script.sent(), ["sleep #1 until 1001000", "waits for #1 signal 1"]);
    // Executors may poll again although nothing has changed.
    assert_eq!(script.sent(), [""; 0]);
    script.wake_up(1);
    assert_eq!(script.sent(), [r#"output """#, "end"]);
}

#[test]
fn an_acknowledgement_in_flight_is_not_reported() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(1_u32) }).await?;
            ctx.run(|| async { Ok(2_u32) }).await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    })
    .reporting_awaits();
    assert_eq!(script.sent(), [r#"run #1 """#, r#"propose #1 "1""#]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"run #2 """#, r#"propose #2 "2""#]);
    script.acknowledge_run(2);
    assert_eq!(script.sent(), ["sleep #3 until 1001000", "waits for #3 signal 1"]);
}

#[test]
fn i3_in_request_response_mode_everything_up_to_the_await_goes_out_first() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("step", 1_u32);
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    });
    script.close_input();
    assert_eq!(
        script.sent(),
        [r#"set "step" "1""#, "sleep #1 until 1001000", "suspend on #1 signal 1"]
    );
}

#[test]
fn i5_sends_and_state_do_not_suspend() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            GreeterClient::new(ctx).greet("Pete").delayed(Duration::from_secs(5)).await?;
            ctx.set("step", 1_u32);
            ctx.get::<u32>("step").await?;
            ctx.clear("step");
            Ok(Bytes::from("done"))
        })
    });
    script.close_input();
    assert_eq!(script.sent().last().map(String::as_str), Some("end"));
}

#[test]
fn i6_a_call_that_is_not_awaited_is_not_suspended_on() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let call = GreeterClient::new(ctx).greet("Pete").call();
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(call.await?)
        })
    });
    script.sent();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #3 signal 1"]);
}

#[test]
fn i7_a_journal_that_ends_in_the_output_replays_to_no_output() {
    let mut script = Script::start("", |_, _| handler(async move { Ok(Bytes::from("done")) }));
    assert_eq!(script.sent(), [r#"output "done""#, "end"]);
    script.crash();
    assert_eq!(script.sent(), ["end"]);
}

#[test]
fn i8_a_failed_attempt_is_reported_even_after_the_input_has_ended() {
    let mut script = Script::start("", |_, _| handler(async move { Err("no".into()) }));
    script.close_input();
    assert_eq!(script.sent(), [r#"error 500 "no [attempt 1]""#]);
}

#[test]
fn l6_an_operation_that_lost_a_race_is_not_suspended_on() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let call = GreeterClient::new(ctx).greet("slow").call();
            let timeout = ctx.sleep(Duration::from_secs(1));
            let raced = match select(call, timeout).await {
                Either::Left((greeting, _)) => greeting?,
                Either::Right(_) => Bytes::from("timeout"),
            };
            ctx.sleep(Duration::from_secs(2)).await?;
            Ok(raced)
        })
    });
    script.sent();
    script.wake_up(3);
    assert_eq!(script.sent(), ["sleep #4 until 1002000"]);
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #4 signal 1"]);
}

#[test]
fn h7_an_input_that_ends_within_the_journal_fails_the_attempt() {
    let mut script = Script::start("", |_, input| handler(async move { Ok(input) }));
    script.withhold_last_entry();
    script.close_input();
    let sent = script.sent();
    assert!(sent[0].starts_with("error 571 "), "{sent:?}");
}
