use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::future::{Either, select};
use restate_core::{
    ObjectContext, Service, Settings,
    attempt::{HandlerFuture, HandlerRequest},
    contract::ServiceDescriptor,
};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

#[test]
fn the_awaited_operation_fails_with_409_and_ends_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.sleep(Duration::from_secs(60)).await?;
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.cancel();
    assert_eq!(script.sent(), [r#"output failure 409 "cancelled""#, "end"]);
}

#[test]
fn clean_up_code_runs_after_a_cancellation_live_and_replayed() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            if let Err(cancelled) = ctx.sleep(Duration::from_secs(60)).await {
                GreeterClient::new(ctx).greet("compensate").await?;
                return Err(cancelled.into());
            }
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.cancel();
    assert_eq!(script.sent(), [r#"call #2 #3 greeter.v1.Greeter/Greet "compensate""#]);
    script.crash();
    assert_eq!(script.sent(), [""; 0]);
    script.respond(3, "done");
    assert_eq!(script.sent(), [r#"output failure 409 "cancelled""#, "end"]);
}

#[test]
fn calls_that_are_still_awaited_are_cancelled_too() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(GreeterClient::new(ctx).greet("Pete").await?) })
    });
    script.sent();
    script.started(1, "inv_callee");
    script.cancel();
    assert_eq!(
        script.sent(),
        ["signal inv_callee Idx(1)", r#"output failure 409 "cancelled""#, "end"]
    );
}

#[test]
fn a_cancellation_that_came_with_an_acknowledgement_comes_before_the_next_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(1_u32) }).await?;
            ctx.run(|| async { Ok(2_u32) }).await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(script.sent(), [r#"run #1 """#, r#"propose #1 "1""#]);
    script.acknowledge_run(1);
    script.cancel();
    script.in_one_chunk();
    assert_eq!(
        script.sent(),
        [r#"run #2 """#, r#"output failure 409 "cancelled""#, "end"],
        "the second closure is not executed"
    );
}

#[test]
fn every_operation_awaited_at_that_point_fails() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let both = futures::future::join(
                ctx.sleep(Duration::from_secs(1)),
                ctx.sleep(Duration::from_secs(2)),
            );
            let (first, second) = both.await;
            Ok(format!("{} {}", first.unwrap_err(), second.unwrap_err()).into())
        })
    });
    script.sent();
    script.cancel();
    assert_eq!(script.sent(), [r#"output "cancelled (409) cancelled (409)""#, "end"]);
}

#[test]
fn a_run_that_is_executing_is_not_interrupted() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let run = ctx.run(std::future::pending::<restate_core::HandlerResult<()>>);
            Ok(run.await.unwrap_err().to_string().into())
        })
    });
    assert_eq!(script.sent(), [r#"run #1 """#]);
    script.cancel();
    assert_eq!(script.sent(), [r#"output "cancelled (409)""#, "end"]);
}

/// Handles cancellation itself, as its descriptor says.
struct Steadfast;

impl Service for Steadfast {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object("Steadfast", &[])
            .settings(Settings::new().explicit_cancellation());
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: ObjectContext<'a>, _: Bytes| async move {
            let greeting = GreeterClient::new(ctx).greet("Pete").call();
            let cancelled = pin!(ctx.cancelled());
            let cancelled = match select(cancelled, ctx.sleep(Duration::from_secs(1))).await {
                Either::Left((cancelled, _)) => cancelled.is_ok(),
                Either::Right(_) => false,
            };
            let greeting = greeting.await?;
            Ok(format!("{cancelled} {}", greeting.len()))
        })
    }
}

#[test]
fn explicit_cancellation_is_delivered_only_on_request() {
    let mut script = Script::start_service("", Steadfast);
    script.sent();
    script.cancel();
    assert_eq!(script.sent(), [""; 0], "the call goes on");
    script.crash();
    assert_eq!(script.sent(), [""; 0]);
    script.respond(2, "hello");
    assert_eq!(script.sent(), [r#"output "\"true 5\"""#, "end"]);
}

#[test]
fn d14_a_child_can_be_cancelled_by_its_handle() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let child = GreeterClient::new(ctx).greet("Pete").one_way().await?;
            child.cancel().await?;
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.started(1, "inv_child");
    assert_eq!(script.sent(), ["signal inv_child Idx(1)", r#"output """#, "end"]);
}
