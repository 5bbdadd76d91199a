use bytes::Bytes;
use restate_core::Call;

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
fn l4_a_mismatch_in_a_call_that_nobody_awaits_fails_the_attempt() {
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
fn l5_code_with_more_steps_than_recorded_goes_on() {
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
