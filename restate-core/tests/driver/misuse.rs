use std::time::Duration;

use bytes::Bytes;

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

/// What the engine sees of a `run` closure that uses the context.
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
