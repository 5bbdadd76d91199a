//! Values from outside: awakeables, signals, promises, other invocations.

use bytes::Bytes;
use restate_core::{TerminalError, wire::protocol::MessageType};

use crate::{clients::handler, script::Script};

/// The id of another invocation.
const OTHER: &str = "inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp";

const AWAKEABLE: &str = "sign_1MDEyMzQ1Njc4OWFiY2RlZgAAABE";

#[test]
fn an_awakeable_has_the_same_id_in_every_attempt_and_takes_a_value() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let awakeable = ctx.awakeable::<String>();
            ctx.set("id", awakeable.id().to_owned());
            Ok(awakeable.await?.into())
        })
    });
    assert_eq!(script.sent(), [format!("set \"id\" {:?}", format!("{AWAKEABLE:?}"))]);
    script.crash();
    assert_eq!(script.sent(), [""; 0]);
    script.close_input();
    assert_eq!(script.sent(), ["suspend on signal 17 signal 1"]);
    script.signal(17, r#""from outside""#);
    script.crash();
    assert_eq!(script.sent(), [r#"output "from outside""#, "end"]);
}

#[test]
fn an_awakeable_of_another_invocation_is_resolved_or_rejected() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.resolve_awakeable(AWAKEABLE, 7_u32);
            ctx.reject_awakeable(AWAKEABLE, TerminalError::with_code(404, "nobody"));
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            format!("complete {AWAKEABLE} \"7\""),
            format!("complete {AWAKEABLE} failure 404 \"nobody\""),
            r#"output """#.to_owned(),
            "end".to_owned()
        ]
    );
}

#[test]
fn a_signal_is_awaited_by_name() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(ctx.signal::<String>("go").await?.into()) })
    });
    assert_eq!(script.sent(), [""; 0]);
    script.named_signal("go", r#""gone""#);
    assert_eq!(script.sent(), [r#"output "gone""#, "end"]);
}

#[test]
fn signals_of_one_name_are_taken_in_the_order_of_their_arrival() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let first = ctx.signal::<String>("go").await?;
            let second = ctx.signal::<String>("go").await?;
            Ok((first + &second).into())
        })
    });
    script.sent();
    script.named_signal("go", r#""a""#);
    script.named_signal("go", r#""b""#);
    assert_eq!(script.sent(), [r#"output "ab""#, "end"]);
}

#[test]
fn another_invocation_is_signalled_and_cancelled_by_its_id() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let other = ctx.invocation(OTHER);
            other.signal("go", 7_u32).await?;
            other.cancel().await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            &format!(r#"signal {OTHER} Name("go")"#),
            &format!("signal {OTHER} Idx(1)"),
            r#"output """#,
            "end"
        ]
    );
}

#[test]
fn the_output_of_another_invocation_is_awaited_or_peeked_at() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let other = ctx.invocation(OTHER);
            let now = other.output::<u64>().await?;
            let then = other.attach::<u64>().await?;
            Ok(format!("{now:?} {then}").into())
        })
    });
    assert_eq!(script.sent(), [format!("output-of #1 {OTHER}")]);
    script.void(MessageType::GetInvocationOutputCompletion, 1);
    assert_eq!(script.sent(), [format!("attach #2 {OTHER}")]);
    script.value(MessageType::AttachInvocationCompletion, 2, "7");
    assert_eq!(script.sent(), [r#"output "None 7""#, "end"]);
}

#[test]
fn a_promise_is_peeked_at_completed_and_awaited() {
    let mut script = Script::workflow("", |ctx, _| {
        handler(async move {
            let before = ctx.promise::<String>("done").peek().await?;
            ctx.promise("done").resolve("yes".to_owned()).await?;
            let after = ctx.promise::<String>("done").await?;
            Ok(format!("{before:?} {after}").into())
        })
    });
    assert_eq!(script.sent(), ["peek #1 done"]);
    script.void(MessageType::PeekPromiseCompletion, 1);
    assert_eq!(script.sent(), [r#"resolve #2 done "\"yes\"""#]);
    script.void(MessageType::CompletePromiseCompletion, 2);
    assert_eq!(script.sent(), ["await #3 done"]);
    script.value(MessageType::GetPromiseCompletion, 3, r#""yes""#);
    assert_eq!(script.sent(), [r#"output "None yes""#, "end"]);
}

#[test]
fn a_completed_promise_refuses_another_completion() {
    let mut script = Script::workflow("", |ctx, _| {
        handler(async move {
            let error = TerminalError::new("no");
            let refused = ctx.promise::<String>("done").reject(error).await.unwrap_err();
            Ok(refused.to_string().into())
        })
    });
    assert_eq!(script.sent(), [r#"resolve #1 done failure 500 "no""#]);
    script.failure(MessageType::CompletePromiseCompletion, 1, 409, "already completed");
    assert_eq!(script.sent(), [r#"output "already completed (409)""#, "end"]);
}

#[test]
fn state_keys_are_listed() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(ctx.state_keys().await?.join(" ").into()) })
    })
    .with_state("a", "1")
    .with_state("b", "2");
    assert_eq!(script.sent(), [r#"keys "a" "b""#, r#"output "a b""#, "end"]);
}
