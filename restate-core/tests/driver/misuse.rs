use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use restate_core::{Call, ObjectContext, SendHandle, Target, TerminalError, attempt::Outcome};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

/// The messages sent for a `run` closure that uses the context.
fn refused(operation: &str) -> [String; 2] {
    let message = format!(
        "{operation} inside a `run` closure: a closure's result is journaled as a whole, so use \
         the context before or after `run`"
    );
    [r#"run #1 """#.to_owned(), format!("propose #1 failure 500 {message:?}")]
}

macro_rules! refused_inside_run {
    ($($name:ident: $operation:literal, |$ctx:ident| $body:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut script = Script::start("", |$ctx, _| {
                handler(async move {
                    let run = $ctx.run(|| async {
                        let _ = $body;
                        Ok(())
                    });
                    run.await?;
                    Ok(Bytes::new())
                })
            });
            assert_eq!(script.sent(), refused($operation));
            script.acknowledge_run(1);
            let sent = script.sent();
            assert!(sent[0].starts_with("output failure 500 "), "{sent:?}");
        }
    )*};
}

refused_inside_run! {
    g8_no_state_is_read_inside_run: "`get`", |ctx| ctx.get::<u64>("count").await;
    g8_no_state_is_written_inside_run: "`set`", |ctx| ctx.set("count", 1_u64);
    g8_no_state_is_cleared_inside_run: "`clear`", |ctx| ctx.clear("count");
    g8_no_sleep_inside_run: "`sleep`", |ctx| ctx.sleep(Duration::from_secs(1)).await;
    g8_no_run_inside_run: "`run`", |ctx| ctx.run(|| async { Ok(()) }).await;
    g8_no_call_inside_run: "a call", |ctx| GreeterClient::new(ctx).greet("Pete").await;
    g8_no_one_way_call_inside_run: "a one-way call", |ctx| {
        GreeterClient::new(ctx).greet("Pete").one_way().await
    };
    g8_no_delayed_call_inside_run: "a one-way call", |ctx| {
        ctx.delayed_call(GreeterClient::new(ctx).greet("Pete"), Duration::from_secs(1)).await
    };
}

#[test]
fn g8_a_durable_future_made_outside_is_not_awaited_inside_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let sleep = ctx.sleep(Duration::from_secs(1));
            ctx.run(|| async {
                sleep.await?;
                Ok(())
            })
            .await?;
            Ok(Bytes::new())
        })
    });
    let sent = script.sent();
    assert!(
        sent[2].starts_with(r#"propose #2 failure 500 "awaiting a durable operation inside"#),
        "{sent:?}"
    );
}

macro_rules! refused_inside_wrapper {
    ($($name:ident: $operation:literal, |$ctx:ident| $body:expr;)*) => {$(
        #[test]
        fn $name() {
            let message = concat!(
                $operation,
                " inside the closure of a one-way call: it only makes the call that is sent, so ",
                "use the context before or after it"
            );
            for delay in [None, Some(Duration::from_secs(5))] {
                let mut script = Script::start("", move |$ctx, _| {
                    handler(async move {
                        let closure = || {
                            $body;
                            GreeterClient::new($ctx).greet("Pete")
                        };
                        match delay {
                            None => $ctx.one_way_call(closure).await?,
                            Some(delay) => $ctx.delayed_call(closure, delay).await?,
                        };
                        Ok(Bytes::new())
                    })
                });
                let expected = [format!("output failure 500 {message:?}"), "end".to_owned()];
                assert_eq!(script.sent(), expected);
            }
        }
    )*};
}

refused_inside_wrapper! {
    f1_no_state_is_read_inside_the_closure_of_a_one_way_call: "`get`", |ctx| drop(ctx.get::<u64>("n"));
    f1_no_state_is_written_inside_the_closure_of_a_one_way_call: "`set`", |ctx| ctx.set("n", 1_u64);
    f1_no_state_is_cleared_inside_the_closure_of_a_one_way_call: "`clear`", |ctx| ctx.clear("n");
    f1_no_sleep_inside_the_closure_of_a_one_way_call: "`sleep`", |ctx| {
        drop(ctx.sleep(Duration::from_secs(1)));
    };
    f1_no_awakeable_inside_the_closure_of_a_one_way_call: "`awakeable`", |ctx| {
        drop(ctx.awakeable::<String>());
    };
    f1_no_awakeable_is_resolved_inside_the_closure_of_a_one_way_call: "completing an awakeable",
        |ctx| ctx.resolve_awakeable("sign_1MDEyMzQ1Njc4OWFiY2RlZgAAABE", 7_u32);
    f1_no_awakeable_is_rejected_inside_the_closure_of_a_one_way_call: "completing an awakeable",
        |ctx| {
            ctx.reject_awakeable("sign_1MDEyMzQ1Njc4OWFiY2RlZgAAABE", TerminalError::new("no"));
        };
    f2_no_run_inside_the_closure_of_a_one_way_call: "`run`", |ctx| {
        drop(ctx.run(|| async { Ok(7_u32) }).now_or_never());
    };
    f3_no_one_way_call_inside_the_closure_of_another: "a one-way call", |ctx| {
        drop(ctx.one_way_call(|| GreeterClient::new(ctx).greet("nested")));
    };
    f3_no_delayed_call_inside_the_closure_of_a_one_way_call: "a one-way call", |ctx| {
        drop(ctx.delayed_call(GreeterClient::new(ctx).greet("nested"), Duration::from_secs(1)));
    };
    c12_no_other_call_inside_the_closure_of_a_one_way_call: "a call", |ctx| {
        drop(GreeterClient::new(ctx).greet("another").call());
    };
    c12_no_other_one_way_call_inside_the_closure_of_a_one_way_call: "a one-way call", |ctx| {
        drop(GreeterClient::new(ctx).greet("another").one_way());
    };
}

/// A closure that sets state where it should only make a call.
fn misused<'a>(ctx: ObjectContext<'a>) -> SendHandle<'a> {
    ctx.one_way_call(|| {
        ctx.set("n", 1_u64);
        GreeterClient::new(ctx).greet("Pete")
    })
}

#[test]
fn f4_c10_a_misuse_can_be_caught_and_the_next_call_takes_the_next_index() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            misused(ctx).await.unwrap_err();
            ctx.one_way_call(|| GreeterClient::new(ctx).greet("Pete")).await?;
            Ok(Bytes::from("caught"))
        })
    });
    assert_eq!(
        script.sent(),
        [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output "caught""#, "end"]
    );
}

#[test]
fn f4_a_misuse_that_is_not_caught_ends_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            misused(ctx).await?;
            Ok(Bytes::from("looks fine"))
        })
    });
    assert!(script.sent()[0].starts_with("output failure 500 "));
    assert_eq!(script.outcome(), Some(&Outcome::Completed), "it is not tried again");
}

#[test]
fn f6_a_misuse_that_is_not_awaited_ends_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(misused(ctx));
            Ok(Bytes::from("looks fine"))
        })
    });
    let sent = script.sent();
    assert!(sent[0].starts_with("output failure 500 \"`set` inside the closure"), "{sent:?}");
    assert_eq!(sent.len(), 2);
}

#[test]
fn f5_random_numbers_inside_the_closure_of_a_one_way_call_are_the_same_in_every_attempt() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.one_way_call(|| {
                let target = Target::service("Any", "thing");
                Call::<_, String, Bytes>::new(&ctx, target, ctx.uuid().to_string())
            })
            .await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    });
    assert!(script.sent()[0].starts_with("send #1 Any/thing "));
    script.crash();
    assert_eq!(script.sent(), [""; 0], "a different number would be a mismatch");
    script.wake_up(2);
    assert_eq!(script.sent(), [r#"output """#, "end"]);
}

#[test]
fn g8_no_one_way_call_of_a_closure_inside_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let run = ctx.run(|| async {
                let _ = ctx.one_way_call(|| GreeterClient::new(ctx).greet("Pete")).await;
                Ok(())
            });
            run.await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(script.sent(), refused("a one-way call"));
}

#[test]
fn a_context_is_usable_again_after_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(()) }).await?;
            ctx.set("after", true);
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [r#"set "after" "true""#, r#"output """#, "end"]);
}
