//! The operations of the client in the same process, beside calls.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{fmt::Debug, time::Duration};

use restate_core::{Target, TerminalError};
use restate_embedded::{Acceptance, Client, ClientError, InvocationId, testing::TestEngine};
use support::{
    World,
    actor::{act, actor},
    call,
    http::post,
    signup,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn failed<T: Debug>(outcome: Result<T, ClientError>) -> TerminalError {
    match outcome {
        Err(ClientError::Failed(error)) => error,
        other => panic!("must fail: {other:?}"),
    }
}

async fn sleeper(client: &Client) -> restate_embedded::InvocationHandle {
    let sent = call::<_, _, u64>(client, "sleep", 3_600_000_u64).idempotency_key("sleeper");
    sent.one_way().await.unwrap()
}

#[tokio::test]
async fn a_sent_call_has_a_handle_with_its_id_status_and_output() {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    let client = engine.client();
    let sent = sleeper(&client).await;
    assert_eq!(sent.acceptance(), Some(Acceptance::Accepted));
    let again = sleeper(&client).await;
    assert_eq!(again.acceptance(), Some(Acceptance::PreviouslyAccepted));
    assert_eq!(again.invocation_id(), sent.invocation_id());
    assert_eq!(sent.output::<u64>().await, Ok(None));

    let echo = call::<_, _, String>(&client, "echo", "x".to_owned()).idempotency_key("k");
    let echo = echo.one_way().await.unwrap();
    assert_eq!(echo.attach::<String>().await.unwrap(), "x");
    assert_eq!(echo.output::<String>().await, Ok(Some("x".to_owned())));
    let by_key = client.idempotent(Target::service("Worker", "echo"), "k");
    assert_eq!(by_key.attach::<String>().await.unwrap(), "x");
    assert_eq!(by_key.output::<String>().await, Ok(Some("x".to_owned())));
    let unknown = client.idempotent(Target::service("Worker", "echo"), "another");
    assert_eq!(failed(unknown.output::<String>().await).code(), 404);
}

#[tokio::test]
async fn an_invocation_is_cancelled_and_killed_by_its_handle() {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    let client = engine.client();
    let cancelled = sleeper(&client).await;
    cancelled.cancel().await.unwrap();
    assert_eq!(failed(cancelled.attach::<u64>().await).code(), 409);
    assert_eq!(failed(cancelled.cancel().await).code(), 409);

    let sent = call::<_, _, u64>(&client, "sleep", 3_600_000_u64).one_way().await.unwrap();
    let killed = client.invocation(sent.invocation_id());
    killed.kill().await.unwrap();
    assert_eq!(failed(killed.attach::<u64>().await).message(), "killed");

    let unknown = client.invocation("inv_10011223344556677889900aabbccddee");
    assert_eq!(failed(unknown.kill().await).code(), 404);
    assert_eq!(failed(unknown.attach::<String>().await).code(), 404);
    assert_eq!(failed(client.invocation("inv_1").cancel().await).code(), 400);
}

#[tokio::test]
async fn an_awakeable_is_resolved_and_rejected() {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    let client = engine.client();
    let awaiting = || call::<_, _, String>(&client, "await_awakeable", String::new()).call();
    let id = async |count| {
        world.next_line(count).await.strip_prefix("awakeable ").map(str::to_owned).unwrap()
    };
    let resolved = awaiting();
    client.awakeable(id(0).await).resolve(&"paid".to_owned()).await.unwrap();
    assert_eq!(resolved.await.unwrap(), "paid");
    let rejected = awaiting();
    client.awakeable(id(1).await).reject("no money").await.unwrap();
    assert_eq!(failed(rejected.await).message(), "no money");
    let error = failed(client.awakeable("sign_2").resolve(&1_u32).await);
    assert_eq!(error.code(), 400, "{error}");
}

#[tokio::test]
async fn signals_are_resolved_and_rejected() {
    let test = TestEngine::builder()
        .bind(actor(|ctx, name| Box::pin(async move { Ok(ctx.signal::<String>(&name).await?) })));
    let test = test.start().await;
    let client = test.client();
    let resolved = act(&client, "a", "go").one_way().await.unwrap();
    resolved.signal("go", "now".to_owned()).await.unwrap();
    assert_eq!(resolved.attach::<String>().await.unwrap(), "now");

    let rejected = act(&client, "b", "go").one_way().await.unwrap();
    let error = TerminalError::with_code(418, "no").with_metadata("why", "tea");
    rejected.reject_signal("go", error.clone()).await.unwrap();
    assert_eq!(failed(rejected.attach::<String>().await), error);
}

#[tokio::test]
async fn a_workflow_is_submitted_once_and_found_by_its_key() {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    let (client, runs) = (engine.client(), engine.client().workflow_runs());
    let run = || signup::<_, _, String>(&runs, "k", "run", "Ann".to_owned());
    assert_eq!(run().one_way().await.unwrap().acceptance(), Some(Acceptance::Accepted));
    assert_eq!(run().one_way().await.unwrap().acceptance(), Some(Acceptance::PreviouslyAccepted));
    let workflow = client.workflow("Signup", "k");
    assert_eq!(workflow.output::<String>().await, Ok(None));
    let called = run().call();
    let () = signup(&client, "k", "confirm", "42".to_owned()).await.unwrap();
    assert_eq!(called.await.unwrap(), "Ann confirmed 42");
    assert_eq!(workflow.attach::<String>().await.unwrap(), "Ann confirmed 42");

    let error = failed(signup::<_, _, String>(&runs, "k", "status", ()).await);
    assert!(error.message().contains("not the `run` handler"), "{error}");
    let error = failed(run().idempotency_key("k").await);
    assert!(error.message().contains("remove the idempotency key"), "{error}");
    assert_eq!(failed(client.workflow("Signup", "other").attach::<String>().await).code(), 404);
    assert_eq!(failed(client.workflow("Worker", "k").attach::<String>().await).code(), 400);
    assert_eq!(failed(client.workflow("No", "k").attach::<String>().await).code(), 404);
}

#[tokio::test]
async fn a_promise_of_a_workflow_is_completed_once() {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    let client = engine.client();
    let workflow = client.workflow("Signup", "k");
    let code = || workflow.promise::<String>("code");
    assert_eq!(code().peek().await, Ok(None));
    let run = signup::<_, _, String>(&client, "k", "run", "Ann".to_owned()).call();
    world.until("running Ann").await;
    code().resolve("42".to_owned()).await.unwrap();
    assert_eq!(run.await.unwrap(), "Ann confirmed 42");
    assert_eq!(code().peek().await, Ok(Some("42".to_owned())));
    let again = failed(code().reject(TerminalError::new("no")).await);
    assert_eq!(again.code(), 409);
    assert!(again.message().contains("completed before"), "{again}");

    // A promise can be completed before the workflow is submitted.
    let error = TerminalError::with_code(418, "no tea").with_metadata("why", "tea");
    client.workflow("Signup", "l").promise::<String>("code").reject(error.clone()).await.unwrap();
    let run = signup::<_, _, String>(&client, "l", "run", "Bob".to_owned());
    assert_eq!(failed(run.await), error);

    let no_workflow = client.workflow("Worker", "k").promise::<String>("code");
    assert_eq!(failed(no_workflow.peek().await).code(), 400);
}

#[tokio::test]
async fn the_client_of_a_test_engine_completes_promises() {
    let world = World::default();
    let (worker, counter, service) = world.services();
    let test = TestEngine::builder().bind(worker).bind(counter).bind(service).start().await;
    let client = test.client();
    let run = signup::<_, _, String>(&client, "k", "run", "Ann".to_owned()).one_way();
    let run = run.await.unwrap();
    client.workflow("Signup", "k").promise("code").resolve("42".to_owned()).await.unwrap();
    assert_eq!(run.attach::<String>().await.unwrap(), "Ann confirmed 42");
}

#[tokio::test]
async fn a_test_engine_has_the_same_client() {
    let test = TestEngine::builder().bind(actor(|ctx, _| {
        Box::pin(async move {
            ctx.sleep(HOUR).await?;
            Ok("slept".to_owned())
        })
    }));
    let test = test.start().await;
    let sent = act(&test.client(), "k", "").one_way().await.unwrap();
    assert_eq!(sent.output::<String>().await, Ok(None));
    assert_eq!(sent.attach::<String>().await.unwrap(), "slept");
    assert_eq!(test.elapsed(), HOUR);
}

#[tokio::test]
async fn the_ingress_completes_signals() {
    let waiting =
        actor(|ctx, name| Box::pin(async move { Ok(ctx.signal::<String>(&name).await?) }));
    let engine = restate_embedded::Engine::builder().bind(waiting).in_memory();
    let engine = engine.ingress("127.0.0.1:0").start().await.unwrap();
    let (client, address) = (engine.client(), engine.ingress_addr().unwrap());
    let path = |id: &InvocationId, action: &str| format!("/restate/signals/{id}/go/{action}");
    let resolved = act(&client, "a", "go").one_way().await.unwrap();
    let response = post(address, &path(resolved.invocation_id(), "resolve"), "\"now\"").await;
    assert_eq!(response.status, 202);
    assert_eq!(resolved.attach::<String>().await.unwrap(), "now");

    let rejected = act(&client, "b", "go").one_way().await.unwrap();
    let failure = r#"{"code":418,"message":"no","metadata":{"why":"tea"}}"#;
    let response = post(address, &path(rejected.invocation_id(), "reject"), failure).await;
    assert_eq!(response.status, 202);
    let error = TerminalError::with_code(418, "no").with_metadata("why", "tea");
    assert_eq!(failed(rejected.attach::<String>().await), error);
}
