//! Messages that are too long for the engine end the invocation, and nothing of them is sent.

use std::time::Duration;

use bytes::Bytes;
use restate_core::{Call, ObjectContext, Target, attempt::Outcome};

use crate::{clients::handler, script::Script};

const LIMIT: usize = 1000;

fn long() -> String {
    "x".repeat(LIMIT)
}

fn call_of(ctx: ObjectContext<'_>) -> Call<ObjectContext<'_>, String, Bytes> {
    Call::new(&ctx, Target::service("Peer", "take"), long())
}

#[track_caller]
fn ends(script: &mut Script, before: &[&str], what: &str) {
    let sent = script.sent();
    let (refused, first) = (sent.len() - 2, sent[..sent.len() - 2].to_vec());
    assert_eq!(first, before);
    assert!(sent[refused].starts_with("output failure 413 "), "{sent:?}");
    assert!(sent[refused].contains(what), "{sent:?}");
    assert!(sent[refused].contains("over the message limit of 1000 bytes"), "{sent:?}");
    assert_eq!(sent[refused + 1], "end");
    assert_eq!(script.outcome(), Some(&Outcome::Completed));
    assert_eq!(script.sent(), [""; 0]);
}

#[test]
fn a_long_value_ends_the_invocation_when_the_handler_waits() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("short", 1_u64);
            ctx.set("long", long());
            ctx.set("behind", 2_u64);
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    })
    .with_message_limit(LIMIT);
    ends(&mut script, &[r#"set "short" "1""#], "a value that the handler sets in its state");
}

#[test]
fn a_long_value_ends_the_invocation_while_the_handler_waits_for_what_no_journal_knows_of() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("long", long());
            std::future::pending().await
        })
    })
    .with_message_limit(LIMIT);
    assert_eq!(script.outcome(), Some(&Outcome::Completed), "nothing would wake it again");
    ends(&mut script, &[], "a value that the handler sets in its state");
}

#[test]
fn a_long_response_is_replaced_with_a_failure() {
    let mut script = Script::start("", |_, _| handler(async move { Ok(Bytes::from(long())) }))
        .with_message_limit(LIMIT);
    ends(&mut script, &[], "the response of the handler");
}

/// A response of this length is sent before the end that follows it.
#[test]
fn a_very_long_response_is_replaced_too() {
    let mut script =
        Script::start("", |_, _| handler(async move { Ok(Bytes::from("x".repeat(64 << 10))) }))
            .with_message_limit(LIMIT);
    ends(&mut script, &[], "the response of the handler");
}

#[test]
fn a_long_result_of_a_run_ends_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            // It is refused, whatever the handler makes of it.
            let _ = ctx.run(|| async { Ok(long()) }).await;
            Ok(Bytes::new())
        })
    })
    .with_message_limit(LIMIT);
    ends(&mut script, &[r#"run #1 """#], "the result of a `run` step");
}

#[test]
fn the_failure_names_what_is_too_long() {
    const ID: &str = "sign_1MDEyMzQ1Njc4OWFiY2RlZgAAABE";
    const OTHER: &str = "inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp";

    let script = |operation: fn(ObjectContext<'_>)| {
        let script = Script::start("", move |ctx, _| {
            handler(async move {
                operation(ctx);
                Ok(Bytes::new())
            })
        });
        script.with_message_limit(LIMIT)
    };
    ends(&mut script(|ctx| drop(call_of(ctx).call())), &[], "the request of a call");
    ends(&mut script(|ctx| drop(call_of(ctx).one_way())), &[], "the request of a call");
    ends(&mut script(|ctx| ctx.resolve_awakeable(ID, long())), &[], "the value of an awakeable");
    let mut signal = Script::start("", |ctx, _| {
        handler(async move {
            ctx.invocation(OTHER).signal("go", long()).await?;
            Ok(Bytes::new())
        })
    })
    .with_message_limit(LIMIT);
    ends(&mut signal, &[], "the value of a signal");
    let mut workflow = Script::workflow("", |ctx, _| {
        handler(async move {
            ctx.promise("done").resolve(long()).await?;
            Ok(Bytes::new())
        })
    })
    .with_message_limit(LIMIT);
    ends(&mut workflow, &[], "the value of a promise");
}

#[test]
fn many_short_messages_may_be_longer_than_the_limit_together() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            for _ in 0..100 {
                ctx.set("short", "a value of some length".to_owned());
            }
            Ok(Bytes::new())
        })
    })
    .with_message_limit(LIMIT);
    assert_eq!(script.sent().len(), 102);
}
