//! Combinators that are reported to the engine.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join;
use restate_core::combine::{first_ok, join_all, race, try_join_all};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

fn text(parts: &[Bytes]) -> Bytes {
    parts.concat().into()
}

#[test]
fn join_all_suspends_until_all_are_complete() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let calls = ["a", "b", "c"].map(|name| client.greet(name).call());
            let outcomes = join_all(calls).await;
            let outcomes = outcomes.into_iter().map(|outcome| {
                outcome.unwrap_or_else(|error| Bytes::from(error.message().to_owned()))
            });
            Ok(text(&outcomes.collect::<Vec<_>>()))
        })
    });
    script.sent();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on all(#2 #4 #6) signal 1"]);
    script.respond(4, "B");
    script.fail(6, 500, "C failed");
    script.crash();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on all(#2) signal 1"]);
    script.respond(2, "A");
    script.crash();
    assert_eq!(script.sent(), [r#"output "ABC failed""#, "end"]);
}

/// Two calls, both of which must succeed.
fn both() -> Script {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let calls = ["a", "b"].map(|name| client.greet(name).call());
            Ok(text(&try_join_all(calls).await?))
        })
    });
    script.sent();
    script
}

#[test]
fn try_join_all_ends_with_the_first_failure() {
    let mut script = both();
    script.crash();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on all-ok(#2 #4) signal 1"]);
    script.fail(4, 404, "nobody");
    script.crash();
    assert_eq!(script.sent(), [r#"output failure 404 "nobody""#, "end"]);
}

#[test]
fn try_join_all_returns_all_results_in_order() {
    let mut script = both();
    script.respond(4, "B");
    assert_eq!(script.sent(), [""; 0]);
    script.respond(2, "A");
    assert_eq!(script.sent(), [r#"output "AB""#, "end"]);
}

#[test]
fn race_ends_with_the_first_completion() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let winner = race(["a", "b"].map(|name| client.greet(name).call())).await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(winner)
        })
    });
    script.sent();
    script.respond(4, "B");
    assert_eq!(script.sent(), ["sleep #5 until 1001000"]);
    script.respond(2, "A");
    script.crash();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #5 signal 1"]);
    script.wake_up(5);
    script.crash();
    assert_eq!(script.sent(), [r#"output "B""#, "end"]);
}

#[test]
fn join_all_of_sleeps_suspends_until_all_are_over() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let slept = join_all([1, 2].map(|secs| ctx.sleep(Duration::from_secs(secs)))).await;
            Ok(slept.len().to_string().into())
        })
    });
    script.sent();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on all(#1 #2) signal 1"]);
}

#[test]
fn first_ok_skips_failures_unless_all_have_failed() {
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                let client = GreeterClient::new(ctx);
                Ok(first_ok(["a", "b"].map(|name| client.greet(name).call())).await?)
            })
        })
    };
    let mut script = start();
    script.sent();
    script.fail(2, 500, "a failed");
    assert_eq!(script.sent(), [""; 0]);
    script.crash();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on first-ok(#4) signal 1"]);
    script.respond(4, "B");
    script.crash();
    assert_eq!(script.sent(), [r#"output "B""#, "end"]);

    let mut script = start();
    script.sent();
    script.fail(2, 500, "a failed");
    script.fail(4, 500, "b failed");
    assert_eq!(script.sent(), [r#"output failure 500 "b failed""#, "end"]);
}

#[test]
fn a_group_does_not_delay_other_operations() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let group = async {
                text(&try_join_all(["a", "b"].map(|name| client.greet(name).call())).await.unwrap())
            };
            let other = async {
                ctx.sleep(Duration::from_secs(1)).await.unwrap();
                ctx.set("slept", true);
            };
            Ok(join(group, other).await.0)
        })
    });
    script.sent();
    script.respond(2, "A");
    script.wake_up(5);
    assert_eq!(script.sent(), [r#"set "slept" "true""#]);
    script.crash();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on all-ok(#4) signal 1"]);
}

#[test]
fn a_timeout_fails_with_408_and_drops_the_operation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let call = GreeterClient::new(ctx).greet("slow").call();
            let greeting = ctx.timeout(Duration::from_secs(5), call).await;
            Ok(greeting.map_or_else(|error| error.to_string().into(), |greeting| greeting.unwrap()))
        })
    });
    assert_eq!(
        script.sent(),
        [r#"call #1 #2 greeter.v1.Greeter/Greet "slow""#, "sleep #3 until 1005000"]
    );
    script.wake_up(3);
    assert_eq!(script.sent(), [r#"output "timed out after 5s (408)""#, "end"]);
}

#[test]
fn an_operation_that_completes_in_time_does_not_time_out() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let call = GreeterClient::new(ctx).greet("fast").call();
            Ok(ctx.timeout(Duration::from_secs(5), call).await??)
        })
    });
    script.sent();
    script.respond(2, "hello");
    assert_eq!(script.sent(), [r#"output "hello""#, "end"]);
}
