use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{
    FutureExt,
    channel::oneshot,
    future::{join, select},
};
use restate_core::{
    HandlerError, HandlerResult, Json, OnMaxAttempts, RetryPolicy, TerminalError,
    attempt::{BeforeRun, Held},
};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

#[test]
fn g1_the_closure_runs_once_and_its_result_is_proposed() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let mut script = Script::start("", move |ctx, _| {
        let runs = Arc::clone(&counted);
        handler(async move {
            let run = ctx.run(|| async { Ok(runs.fetch_add(1, Ordering::Relaxed) as u64) });
            Ok(run.name("count").await?.to_string().into())
        })
    });
    assert_eq!(script.sent(), [r#"run #1 "count""#, r#"propose #1 "0""#]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"output "0""#, "end"]);
    script.crash();
    assert_eq!(script.sent(), ["end"], "the output is in the journal");
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn a_closure_that_others_notice_begins_when_what_it_depends_on_is_durable() {
    let start = |is_read_only| {
        Script::start("", move |ctx, _| {
            handler(async move {
                ctx.set("before", 1_u64);
                let run = ctx.run(|| async { Ok(7_u32) });
                Ok((if is_read_only { run.read_only() } else { run }).await?.to_string().into())
            })
        })
    };
    let [before, run, result] = [r#"set "before" "1""#, r#"run #1 """#, r#"propose #1 "7""#];
    let mut script = start(false);
    script.sync_begins();
    assert_eq!(script.sent(), [before, run]);
    script.sync_ends();
    assert_eq!(script.sent(), [result]);
    let mut script = start(true);
    script.sync_begins();
    assert_eq!(script.sent(), [before, run, result]);
}

#[test]
fn the_command_of_a_run_is_not_sent_for_its_own_closure() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("before", 1_u64);
            let first = ctx.run(|| async { Ok(7_u32) }).await?;
            let second = ctx.run(|| async { Ok(8_u32) }).await?;
            Ok(format!("{first} {second}").into())
        })
    });
    script.sent();
    script.sync_begins();
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [""; 0], "a crash now leads to the same closure again");
    script.sync_ends();
    assert_eq!(script.sent(), [r#"run #2 """#, r#"propose #2 "8""#]);
}

#[test]
fn a_run_that_is_given_up_leaves_others_as_they_are() {
    let (give_up, given_up) = oneshot::channel::<()>();
    let given_up = given_up.shared();
    let mut script = Script::start("", move |ctx, _| {
        let given_up = given_up.clone();
        handler(async move {
            let first = ctx.run(|| async { Ok(1_u32) }).name("first");
            let second = ctx.run(|| async { Ok(2_u32) }).name("second");
            let first = async { drop(select(first, given_up).await) };
            let ((), second) = join(first, second).await;
            Ok(second?.to_string().into())
        })
    });
    script.sync_begins();
    assert_eq!(script.sent(), [""; 0]);
    give_up.send(()).unwrap();
    script.sent();
    script.sync_ends();
    assert_eq!(script.sent(), [r#"run #1 "first""#, r#"run #2 "second""#, r#"propose #2 "2""#]);
}

/// Makes the second run fail, and writes down what it is told.
#[derive(Default)]
struct Hook {
    asked: Mutex<Vec<(String, usize)>>,
    idle: AtomicUsize,
}

impl BeforeRun for Hook {
    fn hold(&self, name: &str, place: usize) -> Option<Held> {
        self.asked.lock().unwrap().push((name.to_owned(), place));
        let fail = async { Err(TerminalError::new("held up").into()) };
        (place == 1).then(|| Box::pin(fail) as Held)
    }

    fn idle(&self) {
        self.idle.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_hook_is_asked_before_each_closure_and_told_when_the_attempt_is_idle() {
    let hook = Arc::new(Hook::default());
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let first = ctx.run(|| async { Ok(1_u32) }).name("first").await?;
            let second = ctx.run(|| async { Ok(2_u32) }).name("second").await;
            Ok(format!("{first} {}", second.unwrap_err()).into())
        })
    });
    script.before_run = Some(Arc::clone(&hook) as _);
    script.crash();
    assert_eq!(script.sent(), [r#"run #1 "first""#, r#"propose #1 "1""#]);
    assert_eq!(hook.idle.load(Ordering::Relaxed), 1);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"run #2 "second""#, r#"propose #2 failure 500 "held up""#]);
    assert_eq!(hook.idle.load(Ordering::Relaxed), 2);
    let asked = [("first".to_owned(), 0), ("second".to_owned(), 1)];
    assert_eq!(*hook.asked.lock().unwrap(), asked);
}

#[test]
fn an_attempt_whose_result_is_not_acknowledged_suspends_when_its_input_ends() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(ctx.run(|| async { Ok(7_u32) }).await?.to_string().into()) })
    });
    assert_eq!(script.sent(), [r#"run #1 """#, r#"propose #1 "7""#]);
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #1 signal 1"]);
}

#[test]
fn a_handler_gets_the_doubles_that_its_step_returned() {
    // A parser that rounds twice reads some of them one step off.
    let numbers: Vec<f64> = (1..=1000).map(|n| 1.0 / f64::from(n)).collect();
    let mut script = Script::start("", move |ctx, _| {
        let numbers = numbers.clone();
        handler(async move {
            let Json(read) = ctx.run(|| async { Ok(Json(numbers.clone())) }).await?;
            Ok(Bytes::from((read == numbers).to_string()))
        })
    });
    script.sent();
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"output "true""#, "end"]);
}

#[test]
fn g2_the_result_is_released_only_when_it_is_stored() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(7_u32) }).await?;
            Ok(GreeterClient::new(ctx).greet("after").await?)
        })
    });
    assert_eq!(script.sent(), [r#"run #1 """#, r#"propose #1 "7""#]);
    assert_eq!(script.sent(), [""; 0]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"call #2 #3 greeter.v1.Greeter/Greet "after""#]);
}

#[test]
fn g2_versions_before_7_answer_a_proposal_with_the_notification() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(ctx.run(|| async { Ok(7_u32) }).await?.to_string().into()) })
    })
    .with_version(6);
    assert_eq!(script.sent(), [r#"run #1 """#, r#"propose #1 "7""#]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"output "7""#, "end"]);
}

#[test]
fn g1_a_crash_before_the_result_is_stored_runs_the_closure_again() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let mut script = Script::start("", move |ctx, _| {
        let runs = Arc::clone(&counted);
        handler(async move {
            let attempt =
                ctx.run(|| async { Ok(runs.fetch_add(1, Ordering::Relaxed) as u64) }).await?;
            Ok(attempt.to_string().into())
        })
    });
    script.sent();
    script.crash();
    assert_eq!(script.sent(), [r#"propose #1 "1""#]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"output "1""#, "end"]);
}

#[test]
fn g3_a_stored_value_or_failure_is_replayed_without_the_closure() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let mut script = Script::start("", move |ctx, _| {
        let runs = Arc::clone(&counted);
        handler(async move {
            let value = ctx.run(|| async { Ok(runs.fetch_add(1, Ordering::Relaxed) as u64) });
            let value = value.await?;
            let failure = ctx.run(|| async {
                runs.fetch_add(1, Ordering::Relaxed);
                HandlerResult::<()>::Err(TerminalError::with_code(402, "no funds").into())
            });
            let failure = failure.await.unwrap_err();
            GreeterClient::new(ctx).greet("after").await?;
            Ok(format!("{value} {failure}").into())
        })
    });
    script.sent();
    script.acknowledge_run(1);
    script.sent();
    script.acknowledge_run(2);
    assert_eq!(script.sent(), [r#"call #3 #4 greeter.v1.Greeter/Greet "after""#]);
    script.crash();
    assert_eq!(script.sent(), [""; 0]);
    script.respond(4, "hello");
    assert_eq!(script.sent(), [r#"output "0 no funds (402)""#, "end"]);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[test]
fn g4_a_terminal_error_is_stored_like_a_value() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let run = ctx.run(|| async {
                Err::<(), _>(
                    TerminalError::with_code(402, "no funds").with_metadata("card", "7").into(),
                )
            });
            Ok(run.await.map(|()| Bytes::new())?)
        })
    });
    assert_eq!(script.sent(), [r#"run #1 """#, r#"propose #1 failure 402 "no funds" card=7"#]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"output failure 402 "no funds" card=7"#, "end"]);
}

#[test]
fn g5_any_other_error_fails_the_attempt_and_records_only_the_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { HandlerResult::<()>::Err("connection reset".into()) }).await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [r#"run #1 """#, r#"error 500 "connection reset [run step 1 of the handler, attempt 1]""#]
    );
    assert_eq!(script.journal(), [r#"input """#, r#"run #1 """#]);
}

#[test]
fn g6_when_the_policy_is_exhausted_the_failure_is_terminal_and_names_the_cause() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { HandlerResult::<()>::Err("connection reset".into()) })
                .retry_policy(RetryPolicy::new().max_attempts(1))
                .await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"run #1 """#,
            r#"propose #1 failure 500 "connection reset [run step 1 of the handler, attempt 1]""#
        ]
    );
}

#[test]
fn g6_before_that_the_attempt_fails_with_the_policys_delay() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { HandlerResult::<()>::Err("connection reset".into()) })
                .retry_policy(
                    RetryPolicy::new().initial_interval(Duration::from_millis(300)).max_attempts(3),
                )
                .await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"run #1 """#,
            r#"error 500 "connection reset [run step 1 of the handler, attempt 1]" after 300 ms"#
        ]
    );
}

#[test]
fn an_error_of_a_run_chooses_the_delay_within_the_limits_of_its_policy() {
    let sent = |policy: RetryPolicy| {
        let mut script = Script::start("", move |ctx, _| {
            handler(async move {
                let busy = HandlerError::from("busy").retry_after(Duration::from_secs(60));
                let closure = || async { HandlerResult::<()>::Err(busy) };
                ctx.run(closure).retry_policy(policy).await?;
                Ok(Bytes::new())
            })
        });
        script.sent()
    };
    let retried = [
        r#"run #1 """#,
        r#"error 500 "busy [run step 1 of the handler, attempt 1]" after 60000 ms"#,
    ];
    let policy = RetryPolicy::new().initial_interval(Duration::from_millis(300));
    assert_eq!(sent(RetryPolicy::new()), retried);
    assert_eq!(sent(policy), retried);
    assert_eq!(sent(policy.max_attempts(2)), retried);
    let given_up = r#"propose #1 failure 500 "busy [run step 1 of the handler, attempt 1]""#;
    assert_eq!(sent(policy.max_attempts(1)), [retried[0], given_up]);
}

#[test]
fn g6_the_policy_can_pause_instead_of_failing() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { HandlerResult::<()>::Err("connection reset".into()) })
                .retry_policy(RetryPolicy::new().max_attempts(1))
                .on_max_attempts(OnMaxAttempts::Pause)
                .await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"run #1 """#,
            r#"error 500 "connection reset [run step 1 of the handler, attempt 1]" and pause"#
        ]
    );
}

#[test]
fn g7_a_mismatch_is_not_retried_by_the_policy_of_a_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(GreeterClient::new(ctx).greet("Pete").await?) })
    });
    script.sent();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    script.deploy(move |ctx, _| {
        let runs = Arc::clone(&counted);
        handler(async move {
            ctx.run(|| async { Ok(runs.fetch_add(1, Ordering::Relaxed) as u64) })
                .retry_policy(RetryPolicy::new().initial_interval(Duration::from_millis(300)))
                .await?;
            Ok(Bytes::new())
        })
    });
    let sent = script.sent();
    assert!(sent[0].starts_with("error 570 ") && sent.len() == 1, "{sent:?}");
    assert!(!sent[0].ends_with(" ms"), "the engine's policy decides: {sent:?}");
    assert_eq!(runs.load(Ordering::Relaxed), 0);
}

#[test]
fn g9_a_run_that_is_not_awaited_is_not_recorded() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(ctx.run(|| async { Ok(7_u32) }));
            Ok(Bytes::new())
        })
    });
    assert_eq!(script.sent(), [r#"output """#, "end"]);
}

#[test]
fn the_closure_may_borrow_what_the_handler_owns() {
    let mut script = Script::start("", |ctx, input| {
        handler(async move {
            let mut seen = Vec::new();
            let length = ctx
                .run(|| async {
                    seen.extend_from_slice(&input);
                    Ok(seen.len() as u64)
                })
                .await?;
            Ok(length.to_string().into())
        })
    });
    script.sent();
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"output "0""#, "end"]);
}

#[test]
fn g6_a_delay_between_runs_is_at_most_a_year() {
    for policy in [
        RetryPolicy::new().initial_interval(Duration::MAX),
        RetryPolicy::new().initial_interval(Duration::from_secs(1 << 30)),
        RetryPolicy::new().max_interval(Duration::MAX).initial_interval(Duration::MAX),
    ] {
        let mut script = Script::start("", move |ctx, _| {
            handler(async move {
                let run = ctx.run(|| async { HandlerResult::<()>::Err("reset".into()) });
                run.retry_policy(policy).await?;
                Ok(Bytes::new())
            })
        });
        assert_eq!(
            script.sent()[1],
            r#"error 500 "reset [run step 1 of the handler, attempt 1]" after 31536000000 ms"#
        );
    }
}

#[test]
#[should_panic(expected = "the factor of a retry policy must be a finite number above 0")]
fn a_factor_that_is_not_a_number_is_refused_when_the_policy_is_built() {
    let _ = RetryPolicy::new().factor(f64::NAN);
}
