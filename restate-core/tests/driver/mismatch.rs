use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::{Either, select};
use restate_core::{
    Call, HandlerResult, ObjectContext, TerminalError,
    attempt::{JOURNAL_MISMATCH, Outcome},
};

use crate::{
    clients::{CounterClient, GreeterClient, handler},
    script::Script,
};

/// The journal of a one-way call to Greeter/Greet with "Pete", then a call that waits.
fn recorded() -> Script {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            Ok(GreeterClient::new(ctx).greet("wait").await?)
        })
    });
    script.sent();
    script
}

fn assert_mismatch(script: &mut Script) {
    let sent = script.sent();
    assert_eq!(sent.len(), 1, "nothing but the error is sent: {sent:?}");
    assert!(sent[0].starts_with("error 570 "), "{sent:?}");
    let outcome = script.outcome();
    assert!(matches!(outcome, Some(Outcome::Failed { code: JOURNAL_MISMATCH, .. })), "{outcome:?}");
}

#[test]
fn c6_h7_another_kind_of_command_is_a_mismatch() {
    let mut script = recorded();
    script.deploy(|ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").await?;
            Ok(GreeterClient::new(ctx).greet("wait").await?)
        })
    });
    assert_mismatch(&mut script);
    let outcome = format!("{:?}", script.outcome());
    assert!(outcome.contains("Related command: call"), "{outcome}");
}

#[test]
fn c6_another_service_is_a_mismatch() {
    let mut script = recorded();
    script.deploy(|ctx, _| {
        handler(async move {
            CounterClient::new(ctx, "pete").add(1).one_way().await?;
            Ok(GreeterClient::new(ctx).greet("wait").await?)
        })
    });
    assert_mismatch(&mut script);
}

#[test]
fn c6_another_handler_is_a_mismatch() {
    let mut script = recorded();
    script.deploy(|ctx, input| {
        handler(async move {
            let target = restate_core::Target::service("greeter.v1.Greeter", "Salute");
            Call::<_, Bytes, Bytes>::new(&ctx, target, Bytes::from("Pete")).one_way().await?;
            Ok(input)
        })
    });
    assert_mismatch(&mut script);
}

#[test]
fn c6_l2_another_payload_is_a_mismatch() {
    let mut script = recorded();
    script.deploy(|ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Paul").one_way().await?;
            Ok(GreeterClient::new(ctx).greet("wait").await?)
        })
    });
    assert_mismatch(&mut script);
}

/// The headers of a call may have secrets, which an error would show wherever logs are read.
#[test]
fn a_mismatch_of_headers_does_not_show_them() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").header("cookie", "first").one_way().await?;
            Ok(GreeterClient::new(ctx).greet("wait").await?)
        })
    });
    script.sent();
    script.deploy(|ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Paul").header("cookie", "second").one_way().await?;
            Ok(GreeterClient::new(ctx).greet("wait").await?)
        })
    });
    let (sent, outcome) = (script.sent().concat(), format!("{:?}", script.outcome()));
    for text in [sent, outcome] {
        assert!(text.contains("headers: [redacted]"), "{text}");
        assert!(!text.contains("first") && !text.contains("second"), "{text}");
        assert!(text.contains("parameter: 'Pete' != 'Paul'"), "{text}");
    }
}

#[test]
fn l3_l4_a_mismatch_cannot_be_caught() {
    let mut script = recorded();
    script.deploy(|ctx, _| {
        handler(async move {
            let caught = GreeterClient::new(ctx).greet("Paul").one_way().await;
            assert!(caught.is_ok(), "whatever this is, it has no say");
            ctx.set("later effect", true);
            Ok(Bytes::from("success"))
        })
    });
    assert_mismatch(&mut script);
}

#[test]
fn l4_a_mismatch_in_a_call_that_is_not_awaited_fails_the_attempt() {
    let mut script = recorded();
    script.deploy(|ctx, _| {
        handler(async move {
            drop(GreeterClient::new(ctx).greet("Paul").one_way());
            Ok(Bytes::from("success"))
        })
    });
    assert_mismatch(&mut script);
}

#[test]
fn l5_returning_before_the_journal_is_replayed_is_a_mismatch() {
    let mut script = recorded();
    script.deploy(|_, _| handler(async move { Ok(Bytes::from("early")) }));
    assert_mismatch(&mut script);
}

#[test]
fn l5_code_with_more_steps_than_recorded_continues() {
    let mut script = recorded();
    script.respond(3, "waited");
    script.deploy(|ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            GreeterClient::new(ctx).greet("wait").await?;
            Ok(GreeterClient::new(ctx).greet("more").await?)
        })
    });
    assert_eq!(script.sent(), [r#"call #4 #5 greeter.v1.Greeter/Greet "more""#]);
}

/// One operation, which is recorded when it is called.
type Operation = fn(ObjectContext<'_>);

/// The messages sent when the journal contains `recorded` and the current code does `replayed`.
fn replay(recorded: Operation, replayed: Operation) -> Vec<String> {
    let mut script =
        Script::start("", move |ctx, _| handler(async move { then_wait(ctx, recorded).await }));
    script.sent();
    script.deploy(move |ctx, _| handler(async move { then_wait(ctx, replayed).await }));
    script.sent()
}

async fn then_wait(ctx: ObjectContext<'_>, operation: Operation) -> HandlerResult<Bytes> {
    operation(ctx);
    ctx.sleep(Duration::from_secs(1)).await?;
    Ok(Bytes::new())
}

fn greet(ctx: ObjectContext<'_>) -> Call<ObjectContext<'_>, Bytes, Bytes> {
    GreeterClient::new(ctx).greet("Pete")
}

#[test]
fn l1_commands_are_compared_with_the_journal_in_everything_that_has_an_effect() {
    const ID: &str = "sign_1MDEyMzQ1Njc4OWFiY2RlZgAAABE";
    const OTHER: &str = "sign_1MDEyMzQ1Njc4OWFiY2RlZgAAABI";

    let cases: &[(&str, Operation, Operation)] = &[
        ("type", |ctx| ctx.set("a", 1_u64), |ctx| ctx.clear("a")),
        ("key that is read", |ctx| drop(ctx.get::<u64>("a")), |ctx| drop(ctx.get::<u64>("b"))),
        ("key that is cleared", |ctx| ctx.clear("a"), |ctx| ctx.clear("b")),
        ("key that is set", |ctx| ctx.set("a", 1_u64), |ctx| ctx.set("b", 1_u64)),
        ("value", |ctx| ctx.set("a", 1_u64), |ctx| ctx.set("a", 2_u64)),
        (
            "awakeable",
            |ctx| ctx.resolve_awakeable(ID, 1_u64),
            |ctx| ctx.resolve_awakeable(OTHER, 1_u64),
        ),
        (
            "value of an awakeable",
            |ctx| ctx.resolve_awakeable(ID, 1_u64),
            |ctx| ctx.resolve_awakeable(ID, 2_u64),
        ),
        (
            "failure of an awakeable",
            |ctx| ctx.reject_awakeable(ID, TerminalError::new("no")),
            |ctx| ctx.reject_awakeable(ID, TerminalError::new("never")),
        ),
        (
            "key of a call",
            |ctx| drop(CounterClient::new(ctx, "pete").add(1).call()),
            |ctx| drop(CounterClient::new(ctx, "paul").add(1).call()),
        ),
        (
            "header",
            |ctx| drop(greet(ctx).header("x", "1").call()),
            |ctx| drop(greet(ctx).header("x", "2").call()),
        ),
        (
            "idempotency key",
            |ctx| drop(greet(ctx).idempotency_key("once").one_way()),
            |ctx| drop(greet(ctx).one_way()),
        ),
        (
            "scope",
            |ctx| drop(greet(ctx).scope("blue").one_way()),
            |ctx| drop(greet(ctx).scope("red").one_way()),
        ),
        (
            "name",
            |ctx| drop(greet(ctx).name("before").call()),
            |ctx| drop(greet(ctx).name("after").call()),
        ),
    ];
    for (what, recorded, replayed) in cases {
        assert_eq!(replay(*recorded, *recorded), [""; 0], "{what}");
        let sent = replay(*recorded, *replayed);
        assert!(sent.len() == 1 && sent[0].starts_with("error 570 "), "{what}: {sent:?}");
    }
}

#[test]
fn d5_l1_times_are_not_compared_with_the_journal() {
    let cases: &[(Operation, Operation)] = &[
        (
            |ctx| drop(ctx.sleep(Duration::from_secs(1))),
            |ctx| drop(ctx.sleep(Duration::from_secs(2))),
        ),
        (
            |ctx| drop(greet(ctx).delayed(Duration::from_secs(1))),
            |ctx| drop(greet(ctx).delayed(Duration::from_secs(2))),
        ),
        (|ctx| drop(greet(ctx).delayed(Duration::from_secs(1))), |ctx| drop(greet(ctx).one_way())),
    ];
    for (recorded, replayed) in cases {
        assert_eq!(replay(*recorded, *replayed), [""; 0]);
    }
}

#[test]
fn l1_another_output_than_the_recorded_one_is_a_mismatch() {
    let mut script = Script::start("", |_, _| handler(async move { Ok(Bytes::from("done")) }));
    script.sent();
    script.deploy(|_, _| handler(async move { Ok(Bytes::from("changed")) }));
    assert_mismatch(&mut script);
}

#[test]
fn l6_awaiting_an_incomplete_operation_before_the_end_of_the_journal_is_a_mismatch() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let slow = greet(ctx).call();
            let timeout = ctx.sleep(Duration::from_secs(1));
            match select(slow, timeout).await {
                Either::Left((greeting, _)) => Ok(greeting?),
                Either::Right(_) => Ok(GreeterClient::new(ctx).greet("after").await?),
            }
        })
    });
    script.sent();
    script.wake_up(3);
    assert_eq!(script.sent(), [r#"call #4 #5 greeter.v1.Greeter/Greet "after""#]);
    script.deploy(|ctx, _| {
        handler(async move {
            let slow = greet(ctx).call();
            let timeout = ctx.sleep(Duration::from_secs(1));
            slow.await?;
            timeout.await?;
            Ok(GreeterClient::new(ctx).greet("after").await?)
        })
    });
    assert_mismatch(&mut script);
}

#[test]
fn l6_a_run_without_a_result_before_the_end_of_the_journal_is_a_mismatch_and_is_not_executed() {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = || {
        let runs = Arc::clone(&runs);
        move || {
            let runs = Arc::clone(&runs);
            async move { Ok(runs.fetch_add(1, Ordering::Relaxed) as u64) }
        }
    };
    let counted = count();
    let mut script = Script::start("", move |ctx, _| {
        let counted = counted.clone();
        handler(async move {
            let timeout = ctx.sleep(Duration::from_secs(1));
            match select(ctx.run(counted), timeout).await {
                Either::Left((value, _)) => Ok(value?.to_string().into()),
                Either::Right(_) => Ok(GreeterClient::new(ctx).greet("after").await?),
            }
        })
    });
    script.sent();
    script.wake_up(1);
    assert_eq!(script.sent(), [r#"call #3 #4 greeter.v1.Greeter/Greet "after""#]);
    let counted = count();
    script.deploy(move |ctx, _| {
        let counted = counted.clone();
        handler(async move {
            drop(ctx.sleep(Duration::from_secs(1)));
            Ok(ctx.run(counted).await?.to_string().into())
        })
    });
    assert_mismatch(&mut script);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}
