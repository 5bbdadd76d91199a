use std::time::Duration;

use bytes::Bytes;
use restate_core::InvocationHandle;

use crate::{
    clients::{CounterClient, GreeterClient, handler},
    script::Script,
};

#[test]
fn c1_one_command_without_a_time_and_no_suspension() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            Ok(Bytes::from("done"))
        })
    });
    script.close_input();
    assert_eq!(
        script.sent(),
        [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output "done""#, "end"]
    );
}

#[test]
fn c3_the_send_resolves_before_the_engine_responds_but_its_id_does_not() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let handle = GreeterClient::new(ctx).greet("Pete").one_way().await?;
            ctx.set("sent", Bytes::new());
            Ok(handle.invocation_id().await?.to_string().into())
        })
    });
    assert_eq!(script.sent(), [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"set "sent" """#]);
    script.started(1, "inv_callee");
    assert_eq!(script.sent(), [r#"output "inv_callee""#, "end"]);
}

#[test]
fn c2_d2_one_way_and_delayed_calls_return_the_same_type_without_a_response() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let handles: [InvocationHandle<'_>; 2] = [
                client.greet("now").one_way().await?,
                client.greet("later").delayed(Duration::from_secs(5)).await?,
            ];
            let [now, later] = handles;
            Ok(format!("{} {}", now.invocation_id().await?, later.invocation_id().await?).into())
        })
    });
    script.sent();
    script.started(1, "inv_now");
    script.started(2, "inv_later");
    assert_eq!(script.sent(), [r#"output "inv_now inv_later""#, "end"]);
}

#[test]
fn c4_d2_awaiting_the_send_never_suspends_but_awaiting_its_id_may() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            client.greet("now").one_way().await?;
            let later = client.greet("later").delayed(Duration::from_secs(5)).await?;
            Ok(later.invocation_id().await?.to_string().into())
        })
    });
    script.close_input();
    assert_eq!(
        script.sent(),
        [
            r#"send #1 greeter.v1.Greeter/Greet "now""#,
            r#"send #2 greeter.v1.Greeter/Greet "later" at 1005000"#,
            "suspend on #2 signal 1",
        ]
    );
}

#[test]
fn c5_replay_resolves_at_once_and_sends_nothing() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::from("done"))
        })
    });
    script.sent();
    script.wake_up(2);
    script.crash();
    assert_eq!(script.sent(), [r#"output "done""#, "end"]);
}

#[test]
fn c7_c8_an_unawaited_send_goes_out_before_the_output() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(GreeterClient::new(ctx).greet("Pete").one_way());
            Ok(Bytes::from("done"))
        })
    });
    assert_eq!(
        script.sent(),
        [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output "done""#, "end"]
    );
}

#[test]
fn c7_c8_an_unawaited_send_that_fails_fails_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(CounterClient::new(ctx, "").add(7).one_way());
            Ok(Bytes::from("looks fine"))
        })
    });
    assert_eq!(
        script.sent(),
        [r#"output failure 400 "the key of a call to Counter/add is empty""#, "end"]
    );
}

#[test]
fn c7_a_send_that_fails_and_is_caught_does_not_fail_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let sent = CounterClient::new(ctx, "").add(7).one_way().await;
            Ok(Bytes::from(sent.map(|_| ()).unwrap_err().to_string()))
        })
    });
    assert_eq!(
        script.sent(),
        [r#"output "the key of a call to Counter/add is empty (400)""#, "end"]
    );
}

#[test]
fn c9_a_send_that_was_lost_in_transit_is_sent_again() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(GreeterClient::new(ctx).greet("Pete").one_way());
            Ok(Bytes::from("done"))
        })
    });
    script.crash_unheard();
    assert_eq!(
        script.sent(),
        [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output "done""#, "end"]
    );
    script.crash();
    assert_eq!(script.sent(), ["end"]);
}

#[test]
fn c10_after_a_send_that_failed_the_next_takes_the_next_index() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            CounterClient::new(ctx, "").add(7).one_way().await.unwrap_err();
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output """#, "end"]
    );
}

#[test]
fn one_way_sends_a_call_and_the_call_that_a_closure_returns() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            ctx.one_way_call(client.greet("value")).await?;
            ctx.one_way_call(|| client.greet("closure")).await?;
            ctx.delayed_call(client.greet("later"), Duration::from_secs(5)).await?;
            ctx.delayed_call(|| client.greet("later too"), Duration::from_secs(6)).await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"send #1 greeter.v1.Greeter/Greet "value""#,
            r#"send #2 greeter.v1.Greeter/Greet "closure""#,
            r#"send #3 greeter.v1.Greeter/Greet "later" at 1005000"#,
            r#"send #4 greeter.v1.Greeter/Greet "later too" at 1006000"#,
            r#"output """#,
            "end",
        ]
    );
}

#[test]
fn c13_after_a_one_way_call_a_request_response_call_waits_again() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            client.greet("one way").one_way().await?;
            Ok(client.greet("both ways").await?)
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"send #1 greeter.v1.Greeter/Greet "one way""#,
            r#"call #2 #3 greeter.v1.Greeter/Greet "both ways""#,
        ]
    );
}

#[test]
fn e4_run_send_and_call_take_consecutive_indices() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            ctx.run(|| async { Ok(7_u32) }).name("seven").await?;
            client.greet("one way").one_way().await?;
            Ok(client.greet("both ways").await?)
        })
    });
    assert_eq!(script.sent(), [r#"run #1 "seven""#, r#"propose #1 "7""#]);
    script.acknowledge_run(1);
    assert_eq!(
        script.sent(),
        [
            r#"send #2 greeter.v1.Greeter/Greet "one way""#,
            r#"call #3 #4 greeter.v1.Greeter/Greet "both ways""#,
        ]
    );
}
