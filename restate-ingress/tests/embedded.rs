//! Generated clients against the ingress of the embedded engine.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that panics has failed, and that is what it is for"
)]

use std::time::Duration;

use restate_core::{
    Context, HandlerResult, ObjectContext, Target, TerminalError,
    well_known::{StringValue, Timestamp},
};
use restate_embedded::Engine;
use restate_ingress::{Acceptance, IngressClient, IngressError};

#[restate_core::service(name = "greeter.v1.Greeter")]
trait Greeter {
    #[handler(name = "Greet")]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
    #[handler(name = "Shout")]
    async fn shout(&self, ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue>;
    #[handler(name = "Refuse")]
    async fn refuse(&self, ctx: Context<'_>) -> HandlerResult<()>;
    /// Awaits the signal of this name.
    #[handler(name = "Await")]
    async fn await_signal(&self, ctx: Context<'_>, signal: String) -> HandlerResult<String>;
    /// Sleeps for this many milliseconds.
    #[handler(name = "Sleep")]
    async fn sleep(&self, ctx: Context<'_>, millis: u64) -> HandlerResult<u64>;
}

struct MyGreeter;

impl Greeter for MyGreeter {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Hello {name}"))
    }

    async fn shout(&self, _: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
        Ok(StringValue { value: text.value.to_uppercase() })
    }

    async fn refuse(&self, _: Context<'_>) -> HandlerResult<()> {
        Err(TerminalError::with_code(418, "no").with_metadata("a", "b").into())
    }

    async fn await_signal(&self, ctx: Context<'_>, signal: String) -> HandlerResult<String> {
        Ok(ctx.signal::<String>(&signal).await?)
    }

    async fn sleep(&self, ctx: Context<'_>, millis: u64) -> HandlerResult<u64> {
        ctx.sleep(Duration::from_millis(millis)).await?;
        Ok(millis)
    }
}

#[restate_core::object]
trait Tally {
    async fn add(&self, ctx: ObjectContext<'_>, amount: u64) -> HandlerResult<u64>;
    async fn name(&self, ctx: ObjectContext<'_>) -> HandlerResult<String>;
}

struct InState;

impl Tally for InState {
    async fn add(&self, ctx: ObjectContext<'_>, amount: u64) -> HandlerResult<u64> {
        let sum = ctx.get::<u64>("sum").await?.unwrap_or_default() + amount;
        ctx.set("sum", sum);
        Ok(sum)
    }

    async fn name(&self, ctx: ObjectContext<'_>) -> HandlerResult<String> {
        Ok(ctx.key().to_owned())
    }
}

async fn engine() -> (Engine, IngressClient) {
    let engine = Engine::builder()
        .bind(GreeterServer::new(MyGreeter))
        .bind(TallyServer::new(InState))
        .in_memory()
        .ingress("127.0.0.1:0")
        .start()
        .await
        .unwrap();
    let ingress = format!("http://{}", engine.ingress_addr().unwrap());
    (engine, IngressClient::new(ingress).unwrap())
}

#[tokio::test]
async fn requests_and_responses_are_typed() {
    let (_engine, ingress) = engine().await;
    let greeter = GreeterClient::new(ingress);
    assert_eq!(greeter.greet("Pete".into()).await.unwrap(), "Hello Pete");
    assert_eq!(greeter.shout(StringValue { value: "é".into() }).await.unwrap().value, "É");
}

#[tokio::test]
async fn a_terminal_failure_comes_with_its_metadata() {
    let (_engine, ingress) = engine().await;
    let error = GreeterClient::new(ingress).refuse().await.unwrap_err();
    let expected = TerminalError::with_code(418, "no").with_metadata("a", "b");
    assert_eq!(error.terminal(), Some(&expected));
}

#[tokio::test]
async fn keys_with_any_characters_arrive_unchanged() {
    let (_engine, ingress) = engine().await;
    for key in ["a/b", "%2F", "a?b#c d", ".", "..", "+", "żółw", "send", "\r\n\t"] {
        let name = TallyClient::new(&ingress, key).name().await.unwrap();
        assert_eq!(name, key);
    }
}

#[tokio::test]
async fn one_way_calls_can_be_attached_to() {
    let (_engine, ingress) = engine().await;
    let tally = TallyClient::new(&ingress, "apples");
    let first = tally.add(3).one_way().await.unwrap();
    let second = tally.add(4).delayed(Duration::from_nanos(1)).await.unwrap();
    assert_eq!(first.attach::<u64>().await.unwrap(), 3);
    assert_eq!(second.attach::<u64>().await.unwrap(), 7);
    assert_eq!(second.output::<u64>().await.unwrap(), Some(7));
}

#[tokio::test]
async fn an_idempotency_key_makes_two_calls_one() {
    let (_engine, ingress) = engine().await;
    let tally = TallyClient::new(&ingress, "pears");
    let sent = || tally.add(2).idempotency_key("order:7").one_way();
    let (first, again) = (sent().await.unwrap(), sent().await.unwrap());
    assert_eq!(first.acceptance(), Some(Acceptance::Accepted));
    assert_eq!(again.acceptance(), Some(Acceptance::PreviouslyAccepted));
    assert_eq!(first.invocation_id(), again.invocation_id());
    let result = ingress.idempotent(Target::object("Tally", "pears", "add"), "order:7");
    assert_eq!(result.attach::<u64>().await.unwrap(), 2);
}

#[tokio::test]
async fn an_output_is_none_until_the_handler_has_ended() {
    let (_engine, ingress) = engine().await;
    let sleep = GreeterClient::new(&ingress).sleep(3_600_000).one_way().await.unwrap();
    assert_eq!(sleep.output::<u64>().await.unwrap(), None);
}

#[tokio::test]
async fn a_result_of_another_type_is_unreadable() {
    let (_engine, ingress) = engine().await;
    let sent = GreeterClient::new(&ingress).greet("Pete".into()).one_way().await.unwrap();
    let error = sent.attach::<Timestamp>().await.unwrap_err();
    assert!(matches!(error, IngressError::Unreadable(_)), "{error:?}");
}

#[tokio::test]
async fn an_unknown_service_is_refused() {
    let (_engine, ingress) = engine().await;
    let call: restate_core::Call<_, String, String> =
        restate_core::Call::new(&ingress, Target::service("Nobody", "Home"), String::new());
    let error = call.await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 404, .. }), "{error:?}");
}

#[tokio::test]
async fn signals_are_resolved_and_rejected() {
    let (_engine, ingress) = engine().await;
    let greeter = GreeterClient::new(&ingress);
    let resolved = greeter.await_signal("paid".into()).one_way().await.unwrap();
    resolved.signal("paid", "yes".to_owned()).await.unwrap();
    assert_eq!(resolved.attach::<String>().await.unwrap(), "yes");

    let rejected = greeter.await_signal("paid/now".into()).one_way().await.unwrap();
    let error = TerminalError::with_code(402, "declined").with_metadata("card", "visa");
    rejected.reject_signal("paid/now", error.clone()).await.unwrap();
    let failed = rejected.attach::<String>().await.unwrap_err();
    assert_eq!(failed.terminal(), Some(&error));
}
