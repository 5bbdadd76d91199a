use std::time::Duration;

use bytes::Bytes;
use restate_core::{Call, Encoding, Payload, Target};

use crate::{
    clients::{CounterClient, GreeterClient, handler},
    script::Script,
};

fn one_call() -> Script {
    Script::start("Pete", |ctx, _| {
        handler(async move { Ok(GreeterClient::new(ctx).greet("Pete").await?) })
    })
}

#[test]
fn a2_one_client_makes_calls_of_all_three_kinds() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            client.greet("one way").one_way().await?;
            client.greet("later").delayed(Duration::from_secs(5)).await?;
            Ok(client.greet("both ways").await?)
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"send #1 greeter.v1.Greeter/Greet "one way""#,
            r#"send #2 greeter.v1.Greeter/Greet "later" at 1005000"#,
            r#"call #3 #4 greeter.v1.Greeter/Greet "both ways""#,
        ]
    );
}

#[test]
fn a_handler_sees_what_it_was_called_with() {
    let start = || {
        Script::start("Pete", |ctx, input| {
            handler(async move {
                let texts = [ctx.scope(), ctx.limit_key(), ctx.idempotency_key()];
                let headers: Vec<_> = ctx.headers().collect();
                let id = ctx.invocation_id();
                let all = (id, ctx.key(), texts, ctx.header("TENANT"), headers, input.len());
                Ok(format!("{all:?}").replace('"', "'").into())
            })
        })
    };
    let seen = "('inv_test', 'key', [None, None, None], None, [], 4)";
    assert_eq!(start().sent()[0], format!("output {seen:?}"));
    let mut script = start().with_headers([("tenant", "acme")]);
    script = script.called_with(["blue", "tenant/7", "once"]);
    let seen = "('inv_test', 'key', [Some('blue'), Some('tenant/7'), Some('once')], Some('acme'), \
                [('tenant', 'acme')], 4)";
    assert_eq!(script.sent()[0], format!("output {seen:?}"));
}

#[test]
fn a3_the_target_is_the_wire_name_and_the_payload_the_encoded_request() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let sum = CounterClient::new(ctx, "pete").add(7).await?;
            Ok(sum.encode(Encoding::Json)?)
        })
    });
    assert_eq!(script.sent(), [r#"call #1 #2 Counter/pete/add "7""#]);
}

#[test]
fn a4_a_call_by_names_and_bytes_is_journaled_like_any_other() {
    let mut script = Script::start("echo", |ctx, input| {
        handler(async move {
            let target = Target::service(String::from("Any"), String::from("thing"));
            Call::<_, Bytes, Bytes>::new(&ctx, target.clone(), input.clone()).one_way().await?;
            Ok(Call::<_, Bytes, Bytes>::new(&ctx, target, input).await?)
        })
    });
    assert_eq!(script.sent(), [r#"send #1 Any/thing "echo""#, r#"call #2 #3 Any/thing "echo""#]);
    script.respond(3, "answer");
    assert_eq!(script.sent(), [r#"output "answer""#, "end"]);
}

#[test]
fn a5_a_call_that_was_made_and_dropped_is_recorded_in_program_order() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let second = client.greet("second");
            drop(client.greet("first").call());
            drop(second.call());
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"call #1 #2 greeter.v1.Greeter/Greet "first""#,
            r#"call #3 #4 greeter.v1.Greeter/Greet "second""#,
            r#"output """#,
            "end",
        ]
    );
}

#[test]
fn a5_a_call_that_was_not_made_is_not_recorded() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(GreeterClient::new(ctx).greet("nobody"));
            Ok(Bytes::new())
        })
    });
    assert_eq!(script.sent(), [r#"output """#, "end"]);
}

#[test]
fn b1_one_call_is_one_command_and_then_the_handler_waits() {
    let mut script = one_call();
    assert_eq!(script.sent(), [r#"call #1 #2 greeter.v1.Greeter/Greet "Pete""#]);
    assert_eq!(script.sent(), [""; 0]);
    assert_eq!(script.outcome(), None);
}

#[test]
fn b2_the_response_resolves_the_call() {
    let mut script = one_call();
    script.sent();
    script.respond(2, "hello");
    assert_eq!(script.sent(), [r#"output "hello""#, "end"]);
}

#[test]
fn b3_a_failure_is_raised_where_the_call_is_awaited_and_ends_the_invocation() {
    let mut script = one_call();
    script.sent();
    script.fail(2, 404, "no such person");
    assert_eq!(script.sent(), [r#"output failure 404 "no such person""#, "end"]);
}

#[test]
fn b4_a_stored_response_is_replayed_and_nothing_is_sent_again() {
    let mut script = one_call();
    script.sent();
    script.respond(2, "hello");
    script.crash();
    assert_eq!(script.sent(), [r#"output "hello""#, "end"]);
}

#[test]
fn b5_a_stored_failure_is_replayed_and_nothing_is_sent_again() {
    let mut script = one_call();
    script.sent();
    script.fail(2, 404, "no such person");
    script.crash();
    assert_eq!(script.sent(), [r#"output failure 404 "no such person""#, "end"]);
}

#[test]
fn b6_a_call_without_a_response_is_not_sent_again_but_awaited() {
    let mut script = one_call();
    script.sent();
    script.crash();
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #2 signal 1"]);
}

#[test]
fn b7_a_handler_continues_after_a_caught_failure_live_and_replayed() {
    let start = || {
        Script::start("", |ctx, _| {
            handler(async move {
                match GreeterClient::new(ctx).greet("Pete").await {
                    Ok(greeting) => Ok(greeting),
                    Err(error) => Ok(Bytes::from(format!("caught {}", error.message()))),
                }
            })
        })
    };
    let (mut live, mut replayed) = (start(), start());
    for script in [&mut live, &mut replayed] {
        script.sent();
        script.fail(2, 500, "boom");
    }
    replayed.crash();
    for mut script in [live, replayed] {
        assert_eq!(script.sent(), [r#"output "caught boom""#, "end"]);
    }
}

fn two_calls() -> Script {
    Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let (first, second) = (client.greet("first").call(), client.greet("second").call());
            let first = first.await?;
            let second = second.await?;
            Ok([first, second].concat().into())
        })
    })
}

#[test]
fn b8_both_calls_go_out_before_the_first_is_awaited() {
    let mut script = two_calls();
    assert_eq!(
        script.sent(),
        [
            r#"call #1 #2 greeter.v1.Greeter/Greet "first""#,
            r#"call #3 #4 greeter.v1.Greeter/Greet "second""#,
        ]
    );
    script.close_input();
    assert_eq!(script.sent(), ["suspend on #2 signal 1"]);
}

#[test]
fn b9_responses_may_arrive_in_any_order() {
    for order in [[2, 4], [4, 2]] {
        let mut script = two_calls();
        script.sent();
        for id in order {
            script.respond(id, if id == 2 { "a" } else { "b" });
        }
        assert_eq!(script.sent(), [r#"output "ab""#, "end"], "{order:?}");
        script.crash();
    }
}

#[test]
fn b10_a_call_that_is_not_awaited_does_not_delay_the_end_but_is_compared_on_replay() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            drop(GreeterClient::new(ctx).greet("Pete").call());
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::from("done"))
        })
    });
    script.sent();
    script.wake_up(3);
    script.deploy(|ctx, _| {
        handler(async move {
            drop(GreeterClient::new(ctx).greet("Paul").call());
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::from("done"))
        })
    });
    let sent = script.sent();
    assert!(sent[0].starts_with("error 570 "), "{sent:?}");
    assert_eq!(sent.len(), 1);
}

#[test]
fn b11_an_empty_response_is_a_response() {
    let mut script = one_call();
    script.sent();
    script.respond(2, "");
    assert_eq!(script.sent(), [r#"output """#, "end"]);
}

#[test]
fn b12_a_response_that_cannot_be_decoded_is_a_terminal_failure() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            CounterClient::new(ctx, "pete").add(7).await?;
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.respond(2, "seven");
    assert_eq!(
        script.sent(),
        [
            "output failure 500 \"cannot read the response: not a valid i64: expected value at \
             line 1 column 1\"",
            "end"
        ]
    );
}

#[test]
fn b13_a_response_that_arrives_before_it_is_awaited_is_kept() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let early = client.greet("early").call();
            client.greet("late").await?;
            Ok(early.await?)
        })
    });
    script.sent();
    script.respond(2, "kept");
    assert_eq!(script.sent(), [""; 0]);
    script.respond(4, "ignored");
    assert_eq!(script.sent(), [r#"output "kept""#, "end"]);
}

#[test]
fn the_invocation_id_of_a_call_can_be_read_more_than_once() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let reply = GreeterClient::new(ctx).greet("Pete").call();
            let callee = reply.invocation().expect("the call was sent");
            let ids = [callee.invocation_id().await?, callee.invocation_id().await?];
            reply.await?;
            Ok(ids.join(" ").into())
        })
    });
    script.sent();
    script.started(1, "inv_callee");
    script.respond(2, "hello");
    assert_eq!(script.sent(), [r#"output "inv_callee inv_callee""#, "end"]);
}

#[test]
fn headers_idempotency_key_and_name_travel_with_the_call() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let call = GreeterClient::new(ctx).greet("Pete");
            Ok(call.header("x-tenant", "7").idempotency_key("once").name("greet Pete").await?)
        })
    });
    assert_eq!(
        script.sent(),
        [concat!(
            r#"call #1 #2 greeter.v1.Greeter/Greet "Pete" x-tenant: 7 idempotency-key once "#,
            "named greet Pete"
        )]
    );
}

#[test]
fn scope_and_limit_key_travel_with_the_call() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let call = GreeterClient::new(ctx).greet("Pete");
            Ok(call.scope("blue").limit_key("tenant/user-7").await?)
        })
    });
    assert_eq!(
        script.sent(),
        [r#"call #1 #2 greeter.v1.Greeter/Greet "Pete" scope blue limit tenant/user-7"#]
    );
}

#[test]
fn an_address_that_breaks_a_rule_is_refused_before_anything_is_recorded() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            let calls = [
                client.greet("").idempotency_key(""),
                client.greet("").scope(""),
                client.greet("").limit_key("tenant"),
                client.greet("").scope("blue").limit_key("a/b/c"),
                client.greet("").scope("blue").limit_key("a/"),
            ];
            let mut refusals = Vec::new();
            for call in calls {
                refusals.push(call.await.unwrap_err().message().to_owned());
            }
            Ok(refusals.join("\n").into())
        })
    });
    let sent = script.sent();
    let of = "of a call to greeter.v1.Greeter/Greet";
    let levels = "is not one or two levels of 1 to 36 letters, digits, `_.-`";
    let expected = [
        format!("the idempotency key {of} is empty"),
        format!("the scope {of} is not 1 to 36 letters, digits, `_.-`"),
        format!("the limit key {of} needs a scope: add `.scope(..)`"),
        format!("the limit key {of} {levels}"),
        format!("the limit key {of} {levels}"),
    ];
    assert_eq!(sent[0], format!("output {:?}", expected.join("\n")));
}

#[test]
fn an_empty_key_is_refused_before_anything_is_recorded() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let error = CounterClient::new(ctx, "").add(7).await.unwrap_err();
            Ok(Bytes::from(error.to_string()))
        })
    });
    assert_eq!(
        script.sent(),
        [r#"output "the key of a call to Counter/add is empty (400)""#, "end"]
    );
}

#[test]
fn a_call_joins_the_trace_of_its_caller_unless_it_names_another() {
    let headers = [("TraceParent", "00-4b-00-01"), ("tracestate", "a=1"), ("x-other", "2")];
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            client.greet("same").one_way().await?;
            client.greet("other").header("traceparent", "00-5c-00-01").one_way().await?;
            Ok(Bytes::new())
        })
    })
    .with_headers(headers);
    assert_eq!(
        script.sent(),
        [
            r#"send #1 greeter.v1.Greeter/Greet "same" traceparent: 00-4b-00-01 tracestate: a=1"#,
            r#"send #2 greeter.v1.Greeter/Greet "other" traceparent: 00-5c-00-01"#,
            r#"output """#,
            "end",
        ]
    );
}

#[test]
fn a_long_response_is_handed_over_before_the_end_and_a_short_one_with_it() {
    let pieces = |length: usize| {
        let response = move || Bytes::from("x".repeat(length));
        let mut script = Script::start("", move |_, _| handler(async move { Ok(response()) }));
        script.pieces()
    };
    assert_eq!([pieces(1), pieces(64 << 10)], [1, 2]);
}
