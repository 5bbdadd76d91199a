//! Semantics of calls between handlers: failures, order, and keys.
//!
//! The engine suspends at every await, so that nothing depends on an attempt staying alive.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::try_join_all;
use restate_core::{
    Call, Context, HandlerError, HandlerResult, OnMaxAttempts, RetryPolicy, Service, Settings,
    Target, TerminalError,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{
    Client, ClientError, Engine, InvocationId,
    testing::{TestEngine, TestEngineBuilder},
};
use support::{
    World,
    actor::{act, actor, logging_actor},
    http::post,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn send(client: &Client, key: &str, text: &str) -> InvocationId {
    act(client, key, text).one_way().await.unwrap().invocation_id().clone()
}

fn builder() -> TestEngineBuilder {
    TestEngine::builder()
        .retry_policy(RetryPolicy::new().initial_interval(Duration::from_millis(1)))
}

fn failed<T: Debug>(outcome: Result<T, ClientError>) -> TerminalError {
    match outcome {
        Err(ClientError::Failed(error)) => error,
        other => panic!("must fail: {other:?}"),
    }
}

#[tokio::test]
async fn e2_calls_of_a_handler_to_one_key_arrive_in_program_order_whatever_their_kind() {
    let world = World::default();
    let test = builder().bind(logging_actor(&world, |log, ctx, text| {
        Box::pin(async move {
            let Some(kinds) = text.strip_prefix("kinds ") else {
                log.log(format!("{} {text}", ctx.key()));
                return Ok(text);
            };
            let mut replies = Vec::new();
            for (at, kind) in kinds.chars().enumerate() {
                let call = act(&ctx, kinds, &at.to_string());
                match kind {
                    'c' => replies.push(call.call()),
                    'o' => drop(call.one_way().await?),
                    _ => drop(call.delayed(Duration::ZERO).await?),
                }
            }
            try_join_all(replies).await?;
            Ok(text)
        })
    }));
    let test = test.start().await;
    let kinds = || ['c', 'o', 'd'].into_iter();
    let all = kinds().flat_map(|a| kinds().flat_map(move |b| kinds().map(move |c| [a, b, c])));
    for kinds in all.map(String::from_iter) {
        let before = world.lines().len();
        act(&test.client(), "caller", &format!("kinds {kinds}")).await.unwrap();
        test.advance(Duration::from_secs(1)).await;
        let expected: Vec<_> = (0..3).map(|at| format!("{kinds} {at}")).collect();
        assert_eq!(world.lines()[before..], expected);
    }
}

#[tokio::test]
async fn c14_the_sender_of_a_one_way_call_learns_its_result_only_by_attaching() {
    let world = World::default();
    let test = builder().bind(logging_actor(&world, |log, ctx, text| {
        Box::pin(async move {
            match text.as_str() {
                "send" => {
                    act(&ctx, "callee", "fail").one_way().await?;
                    act(&ctx, "other", "retry").one_way().await?;
                    ctx.sleep(HOUR).await?;
                    log.log("an hour later");
                    Ok(text)
                }
                "send and attach" => {
                    let handle = act(&ctx, "callee", "fail").one_way().await?;
                    ctx.sleep(HOUR).await?;
                    Ok(handle.attach::<String>().await?)
                }
                "fail" => {
                    log.log("failed");
                    Err(TerminalError::with_code(418, "teapot").into())
                }
                _ => {
                    log.log("tried");
                    Err("broken".into())
                }
            }
        })
    }));
    let test = test.start().await;
    assert_eq!(act(&test.client(), "caller", "send").await.unwrap(), "send");
    let lines = world.lines();
    let count = |line: &str| lines.iter().filter(|logged| *logged == line).count();
    assert_eq!((count("failed"), count("an hour later")), (1, 1));
    assert!(count("tried") > 1, "{lines:?}");
    let error = failed(act(&test.client(), "caller", "send and attach").await);
    assert_eq!((error.code(), error.message()), (418, "teapot"));
}

#[tokio::test]
async fn d14_a_delayed_call_is_cancelled_by_its_handle_before_it_is_due() {
    let world = World::default();
    let test = builder().bind(logging_actor(&world, |log, ctx, text| {
        Box::pin(async move {
            if text == "run" {
                log.log("ran");
                return Ok(text);
            }
            let later = act(&ctx, "callee", "run").delayed(HOUR).await?;
            ctx.sleep(HOUR / 2).await?;
            later.cancel().await?;
            Ok(later.invocation_id().await?.into())
        })
    }));
    let test = test.start().await;
    let id = act(&test.client(), "caller", "cancel").await.unwrap();
    test.advance(2 * HOUR).await;
    assert_eq!(world.lines(), [""; 0]);
    let error = failed(test.client().invocation(&id).attach::<String>().await);
    assert_eq!(error.code(), 409);
}

#[tokio::test]
async fn h1_a_caller_waits_while_a_called_handler_is_retried() {
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let test = builder().bind(actor(move |ctx, text| {
        let attempts = Arc::clone(&counted);
        Box::pin(async move {
            if text == "call" {
                return Ok(act(&ctx, "callee", "work").await?);
            }
            match attempts.fetch_add(1, Ordering::SeqCst) {
                0..3 => Err("not yet".into()),
                attempt => Ok(format!("attempt {attempt}")),
            }
        })
    }));
    let test = test.start().await;
    assert_eq!(act(&test.client(), "caller", "call").await.unwrap(), "attempt 3");
    assert_eq!(attempts.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn h2_a_terminal_failure_passes_up_a_chain_of_calls_with_code_message_and_metadata() {
    let test = builder().bind(actor(move |ctx, text| {
        Box::pin(async move {
            match text.parse::<u32>()? {
                0 => {
                    let error = TerminalError::with_code(402, "no funds");
                    Err(error.with_metadata("card", "7").into())
                }
                n => Ok(act(&ctx, &format!("hop {n}"), &(n - 1).to_string()).await?),
            }
        })
    }));
    let test = test.start().await;
    let error = failed(act(&test.client(), "first", "3").await);
    assert_eq!((error.code(), error.message()), (402, "no funds"));
    assert_eq!(error.metadata().collect::<Vec<_>>(), [("card", "7")]);
}

#[tokio::test]
async fn h5_without_retries_any_failure_reaches_the_caller() {
    let attempts = AtomicU32::new(0);
    let test = builder()
        .retry_policy(RetryPolicy::new().max_attempts(1))
        .on_max_attempts(OnMaxAttempts::Kill);
    let test = test.bind(actor(move |ctx, text| {
        let attempt = attempts.fetch_add(u32::from(text == "mismatch"), Ordering::SeqCst);
        Box::pin(async move {
            match text.as_str() {
                "call and catch" => {
                    let broken = act(&ctx, "callee", "break").await.unwrap_err();
                    let mismatch = act(&ctx, "callee", "mismatch").await.unwrap_err();
                    Ok(format!("{broken}, {}", mismatch.code()))
                }
                "mismatch" => {
                    act(&ctx, "nobody", &format!("attempt {attempt}")).one_way().await?;
                    ctx.sleep(HOUR).await?;
                    Ok(text)
                }
                _ => Err(HandlerError::from("broken")),
            }
        })
    }));
    let test = test.start().await;
    let caught = act(&test.client(), "caller", "call and catch").await.unwrap();
    assert_eq!(caught, "broken [attempt 1] (500), 570");
}

#[tokio::test]
async fn j2_deadlocked_calls_wait_until_one_of_them_is_cancelled() {
    let test = builder().bind(actor(move |ctx, text| {
        Box::pin(async move {
            if let Some(id) = text.strip_prefix("cancel ") {
                ctx.invocation(id).cancel().await?;
                return Ok(text);
            }
            // "a b a": the object `a` calls `b`, which calls `a`.
            match text.split_once(' ') {
                Some((next, rest)) => Ok(act(&ctx, next, rest).await?),
                None => Ok(text),
            }
        })
    }));
    let test = test.start().await;
    let client = test.client();
    for cycle in ["a a", "b a b", "b c a b"] {
        let id = send(&client, "a", cycle).await;
        test.advance(1000 * HOUR).await;
        let waiting = tokio::spawn({
            let invocation = client.invocation(&id);
            async move { invocation.attach::<String>().await }
        });
        act(&client, "somebody", &format!("cancel {id}")).await.unwrap();
        assert_eq!(failed(waiting.await.unwrap()).code(), 409, "{cycle}");
        for key in ["a", "b", "c"] {
            assert_eq!(act(&client, key, "free").await.unwrap(), "free", "{cycle}");
        }
    }
}

#[tokio::test]
async fn j3_one_way_and_delayed_calls_to_the_callers_own_key_run_after_it() {
    let world = World::default();
    let test = builder().bind(logging_actor(&world, |log, ctx, text| {
        Box::pin(async move {
            if text == "begin" {
                act(&ctx, ctx.key(), "delayed").delayed(HOUR).await?;
                act(&ctx, ctx.key(), "one-way").one_way().await?;
                ctx.sleep(2 * HOUR).await?;
            }
            log.log(text.as_str());
            Ok(text)
        })
    }));
    let test = test.start().await;
    act(&test.client(), "k", "begin").await.unwrap();
    test.advance(HOUR).await;
    assert_eq!(world.lines(), ["begin", "one-way", "delayed"]);
}

#[tokio::test]
async fn j4_a_key_stays_locked_while_its_holder_waits() {
    for way in ["sleep", "awakeable", "call"] {
        let world = World::default();
        let test = builder().bind(logging_actor(&world, |log, ctx, text| {
            Box::pin(async move {
                match text.as_str() {
                    "sleep" => ctx.sleep(2 * HOUR).await?,
                    "call" => drop(act(&ctx, "other", "sleep").await?),
                    "awakeable" => {
                        let awakeable = ctx.awakeable::<String>();
                        act(&ctx, "other", awakeable.id()).one_way().await?;
                        awakeable.await?;
                    }
                    "next" => {}
                    awakeable => {
                        ctx.sleep(2 * HOUR).await?;
                        ctx.resolve_awakeable(awakeable, "go on".to_owned());
                    }
                }
                log.log(format!("{} {text}", ctx.key()));
                Ok(text)
            })
        }));
        let test = test.start().await;
        send(&test.client(), "k", way).await;
        send(&test.client(), "k", "next").await;
        test.advance(HOUR).await;
        assert_eq!(world.lines(), [""; 0], "{way}");
        test.advance(2 * HOUR).await;
        let lines = world.lines();
        let of_k: Vec<_> = lines.iter().filter(|line| line.starts_with("k ")).collect();
        assert_eq!(of_k, [&format!("k {way}"), "k next"]);
    }
}

/// A service that only other handlers may call.
struct Inner;

impl Service for Inner {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Inner",
            &[HandlerDescriptor::plain::<String, String>("echo")],
        )
        .settings(Settings::new().private(true));
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|_: Context<'a>, text: String| async move { HandlerResult::Ok(text + "!") })
    }
}

#[tokio::test]
async fn k3_the_ingress_reports_unknown_services_and_refuses_private_ones() {
    let engine = Engine::builder().in_memory().bind(Inner).bind(actor(|ctx, text| {
        Box::pin(async move {
            let target = Target::service("Inner", "echo");
            Ok(Call::<_, String, String>::new(&ctx, target, text).await?)
        })
    }));
    let engine = engine.ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    for (path, status) in [
        ("/Nobody/echo", 404),
        ("/Actor/k/nothing", 404),
        ("/Inner/echo", 400),
        ("/Inner/echo/send", 400),
        ("/restate/call/Inner/echo", 400),
    ] {
        let refused = post(address, path, r#""x""#).await;
        assert_eq!(refused.status, status, "{path}: {}", refused.text());
        assert_eq!(refused.header("x-restate-error-source"), Some("ingress"), "{path}");
    }
    let passed_on = post(address, "/Actor/k/act", r#""x""#).await;
    assert_eq!((passed_on.status, passed_on.text()), (200, r#""x!""#));
}

/// A service that is bound later than its callers.
struct Late(World);

impl Service for Late {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Late",
            &[HandlerDescriptor::plain::<String, String>("echo")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(move |_: Context<'a>, text: String| async move {
            self.0.log(text.as_str());
            HandlerResult::Ok(text)
        })
    }
}

#[tokio::test]
async fn d13_k1_k2_calls_to_a_service_that_is_not_bound_yet_wait_for_it() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let callers = || {
        actor(|ctx, text| {
            Box::pin(async move {
                let target = Target::service("Late", "echo");
                let late = Call::<_, String, String>::new(&ctx, target, text.clone());
                match text.as_str() {
                    "call" => return Ok(late.await?),
                    "one-way" => late.one_way().await?,
                    _ => late.delayed(Duration::from_millis(1)).await?,
                };
                Ok("sent".to_owned())
            })
        })
    };
    let first = Engine::builder().data_dir(directory.path()).bind(callers());
    let first = first.start().await.unwrap();
    let waiting = send(&first.client(), "a", "call").await;
    for kind in ["one-way", "delayed"] {
        assert_eq!(act(&first.client(), "b", kind).await.unwrap(), "sent");
    }
    first.shutdown().await.unwrap();
    assert_eq!(world.lines(), [""; 0]);

    let second = Engine::builder().data_dir(directory.path()).bind(callers());
    let second = second.bind(Late(world.clone())).start().await.unwrap();
    assert_eq!(second.client().invocation(&waiting).attach::<String>().await.unwrap(), "call");
    for kind in ["one-way", "delayed"] {
        world.until(kind).await;
    }
    second.shutdown().await.unwrap();
    let mut lines = world.lines();
    lines.sort();
    assert_eq!(lines, ["call", "delayed", "one-way"]);
}
