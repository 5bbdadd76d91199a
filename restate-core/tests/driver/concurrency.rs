//! Ordinary combinators of futures, live and replayed.

use std::time::Duration;

use bytes::Bytes;
use futures::{
    StreamExt,
    future::{Either, join, select},
    stream::{self, FuturesUnordered},
};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

/// Completes the calls of `script` in `order`, with their ids as responses, and replays the journal
/// after each. Returns the output of the undisturbed run, which must be the same in each replay.
fn output_for(order: &[u32], mut start: impl FnMut() -> Script) -> String {
    let mut undisturbed = start();
    undisturbed.sent();
    for id in order {
        undisturbed.respond(*id, name(*id));
        undisturbed.sent();
    }
    for crashes in 0..order.len() {
        let mut script = start();
        script.sent();
        for (step, id) in order.iter().enumerate() {
            script.respond(*id, name(*id));
            if step >= crashes {
                script.crash();
            }
            script.sent();
        }
        assert_eq!(script.journal(), undisturbed.journal(), "{order:?}, crashes from {crashes}");
    }
    let journal = undisturbed.journal();
    journal.into_iter().find(|entry| entry.starts_with("output")).expect("the handler has ended")
}

fn name(id: u32) -> &'static str {
    ["", "", "a", "", "b", "", "c", "", "d", "", "e", "", "f"][id as usize]
}

fn permutations(ids: &[u32]) -> Vec<Vec<u32>> {
    if ids.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for (at, first) in ids.iter().enumerate() {
        let rest: Vec<_> = ids[..at].iter().chain(&ids[at + 1..]).copied().collect();
        all.extend(permutations(&rest).into_iter().map(|mut rest| {
            rest.insert(0, *first);
            rest
        }));
    }
    all
}

#[test]
fn join_of_two_async_blocks_runs_both() {
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                let client = GreeterClient::new(ctx);
                let left = async {
                    let first = client.greet("left").await?;
                    ctx.set("left", first.len() as u64);
                    Ok::<_, restate_core::TerminalError>(first)
                };
                let right = async { client.greet("right").await };
                let (left, right) = join(left, right).await;
                Ok([left?, right?].concat().into())
            })
        })
    };
    for order in permutations(&[2, 4]) {
        assert_eq!(output_for(&order, start), r#"output "ab""#);
    }
}

#[test]
fn futures_unordered_yields_in_the_order_of_the_journal() {
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                let client = GreeterClient::new(ctx);
                let mut calls: FuturesUnordered<_> = ["a", "b", "c", "d"]
                    .into_iter()
                    .map(|name| client.greet(name).call())
                    .collect();
                let mut finished = Vec::new();
                while let Some(response) = calls.next().await {
                    finished.extend_from_slice(&response?);
                }
                Ok(finished.into())
            })
        })
    };
    for order in permutations(&[2, 4, 6, 8]) {
        let expected: String = order.iter().map(|id| name(*id)).collect();
        assert_eq!(output_for(&order, start), format!("output {expected:?}"));
    }
}

#[test]
fn buffered_calls_start_as_others_finish() {
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                let client = GreeterClient::new(ctx);
                let calls = ["a", "b", "c", "d"].map(|name| client.greet(name));
                // Boxed because of rust-lang/rust#100013.
                let responses = stream::iter(calls).map(restate_core::Call::call).boxed();
                let responses: Vec<_> = responses.buffered(2).collect().await;
                let responses: Result<Vec<_>, _> = responses.into_iter().collect();
                Ok(responses?.concat().into())
            })
        })
    };
    for order in [[2, 4, 6, 8], [4, 2, 6, 8], [2, 4, 8, 6], [4, 2, 8, 6]] {
        assert_eq!(output_for(&order, start), r#"output "abcd""#);
    }
}

#[test]
fn racing_async_blocks_have_the_same_winner_in_every_attempt() {
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                let client = GreeterClient::new(ctx);
                let left = Box::pin(async {
                    client.greet("first").await?;
                    client.greet("then").await
                });
                let right = Box::pin(async { client.greet("other").await });
                let winner = match select(left, right).await {
                    Either::Left((response, _)) | Either::Right((response, _)) => response?,
                };
                Ok(winner)
            })
        })
    };
    assert_eq!(output_for(&[2, 6], start), r#"output "c""#);
    assert_eq!(output_for(&[4], start), r#"output "b""#);
    assert_eq!(output_for(&[2, 4], start), r#"output "b""#);
}

#[test]
fn runs_can_be_joined_with_calls_and_timers() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let run = ctx.run(|| async { Ok("ran".to_owned()) });
            let call = GreeterClient::new(ctx).greet("Pete").call();
            let (run, call) = join(run, call).await;
            Ok([Bytes::from(run?), call?].concat().into())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"call #1 #2 greeter.v1.Greeter/Greet "Pete""#,
            r#"run #3 """#,
            r#"propose #3 "\"ran\"""#
        ]
    );
    script.respond(2, "hello");
    script.acknowledge_run(3);
    assert_eq!(script.sent(), [r#"output "ranhello""#, "end"]);
}

#[test]
fn two_runs_execute_concurrently() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let (to_second, from_first) = futures::channel::oneshot::channel();
            let first = ctx.run(|| async move {
                to_second.send(7_u32).map_err(|_| "gone")?;
                Ok(())
            });
            let second = ctx.run(|| async move { Ok(from_first.await?) });
            let (second, first) = join(second, first).await;
            first?;
            Ok(second?.to_string().into())
        })
    });
    assert_eq!(
        script.sent(),
        [r#"run #1 """#, r#"run #2 """#, r#"propose #2 """#, r#"propose #1 "7""#]
    );
}

#[test]
fn more_futures_than_are_polled_in_one_go_replay_the_same() {
    // FuturesUnordered returns control after 32 polls; the rest must still be awaited.
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                let mut sleeps: FuturesUnordered<_> =
                    (1..=100).map(|seconds| ctx.sleep(Duration::from_secs(seconds))).collect();
                sleeps.next().await.expect("there are a hundred")?;
                Ok(GreeterClient::new(ctx).greet("after the first").await?)
            })
        })
    };
    let mut script = start();
    script.sent();
    script.wake_up(90);
    assert_eq!(script.sent(), [r#"call #101 #102 greeter.v1.Greeter/Greet "after the first""#]);
    script.crash();
    assert_eq!(script.sent(), [""; 0]);
    script.respond(102, "done");
    assert_eq!(script.sent(), [r#"output "done""#, "end"]);
}
