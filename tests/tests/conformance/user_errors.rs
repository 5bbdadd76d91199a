//! Failures of handlers.

use std::{borrow::Cow, collections::BTreeMap};

use restate_core::{
    Context, Detail, HandlerResult, Json, TerminalError, service,
    well_known::{StringValue, Timestamp},
};
use restate_ingress::{IngressClient, IngressError};
use restate_tests::services::{Bound, CounterClient, FailingClient, FailureToPropagate};

use crate::{
    polling::{once, unique},
    scenario::Setup,
    system::Needs,
};

pub async fn terminal_failure(setup: Setup) {
    let failed = failing(&setup).terminally_failing_call(failure("my error"));
    reaches_the_caller(failed.idempotency_key(once()).await.unwrap_err(), "my error");
}

/// A failure does not affect later calls.
pub async fn several_terminal_failures(setup: Setup) {
    for _ in 0..3 {
        terminal_failure(setup.clone()).await;
    }
}

pub async fn propagated_failure(setup: Setup) {
    let failed = failing(&setup).call_terminally_failing_call(failure("propagated error"));
    reaches_the_caller(failed.idempotency_key(once()).await.unwrap_err(), "propagated error");
}

pub async fn failed_side_effect(setup: Setup) {
    let failed = failing(&setup).terminally_failing_side_effect(failure("failed side effect"));
    reaches_the_caller(failed.idempotency_key(once()).await.unwrap_err(), "failed side effect");
}

pub async fn terminal_failure_with_metadata(setup: Setup) {
    let failed = failing(&setup).terminally_failing_call(failure_with_metadata("my error"));
    reaches_with_metadata(failed.idempotency_key(once()).await.unwrap_err(), "my error");
}

pub async fn propagated_failure_with_metadata(setup: Setup) {
    let failure = failure_with_metadata("propagated error");
    let failed = failing(&setup).call_terminally_failing_call(failure);
    reaches_with_metadata(failed.idempotency_key(once()).await.unwrap_err(), "propagated error");
}

pub async fn failed_side_effect_with_metadata(setup: Setup) {
    let failure = failure_with_metadata("failed side effect");
    let failed = failing(&setup).terminally_failing_side_effect(failure);
    reaches_with_metadata(failed.idempotency_key(once()).await.unwrap_err(), "failed side effect");
}

/// A protobuf message and a serde type, from handler to handler and to the ingress client.
pub async fn details_reach_the_caller_by_their_types(setup: Setup) {
    let services = vec![Bound::new(ShopServer::new(Closed))];
    let system = setup.own_system(Needs { services, ..Needs::default() }).await;
    let failed = ShopClient::new(system.client()).order_elsewhere().await.unwrap_err();
    let IngressError::Failed { error, .. } = failed else { panic!("{failed}") };
    assert_eq!((error.code(), error.message()), (409, "closed"));
    assert_eq!(error.detail().unwrap(), Some(Hours { from: 9, to: 17 }));
    let note = StringValue { value: "read on the way: 9".to_owned() };
    assert_eq!(error.detail().unwrap(), Some(note));
    assert_eq!(error.detail::<Timestamp>().unwrap(), None);
}

#[service]
trait Shop {
    async fn order(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn order_elsewhere(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

#[derive(Clone)]
struct Closed;

impl Shop for Closed {
    async fn order(&self, _: Context<'_>) -> HandlerResult<()> {
        let hours = Hours { from: 9, to: 17 };
        Err(TerminalError::with_code(409, "closed").with_detail(&hours).into())
    }

    async fn order_elsewhere(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let Err(error) = ShopClient::new(ctx).order().await else { return Ok(()) };
        let Some(Hours { from, .. }) = error.detail()? else { return Ok(()) };
        Err(error.with_detail(&StringValue { value: format!("read on the way: {from}") }).into())
    }
}

#[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
struct Hours {
    from: u32,
    to: u32,
}

impl Detail for Hours {
    fn name() -> Cow<'static, str> {
        "shop.Hours".into()
    }
}

pub async fn state_set_before_a_failure_persists(setup: Setup) {
    let key = unique("my-failure-counter");
    let counter = CounterClient::new(setup.client(), key.as_str());
    let failed = counter.add_then_fail(1).idempotency_key(once()).await.unwrap_err();
    reaches_the_caller(failed, &key);
    assert_eq!(counter.get().idempotency_key(once()).await.unwrap(), 1);
}

pub async fn invocation_with_eventual_success(setup: Setup) {
    let call = failing(&setup).failing_call_with_eventual_success();
    assert_eq!(call.idempotency_key(once()).await.unwrap(), 4);
}

fn failing(setup: &Setup) -> FailingClient<IngressClient> {
    FailingClient::new(setup.client(), unique("failing"))
}

fn failure(message: &str) -> Json<FailureToPropagate> {
    Json(FailureToPropagate { error_message: message.to_owned(), metadata: None })
}

const METADATA: [(&str, &str); 2] = [("key1", "value1"), ("key2", "value2")];

fn failure_with_metadata(message: &str) -> Json<FailureToPropagate> {
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let metadata = Some(METADATA.map(owned).into());
    Json(FailureToPropagate { error_message: message.to_owned(), metadata })
}

fn reaches_the_caller(failed: IngressError, message: &str) {
    assert!(terminal(&failed).message().contains(message), "{failed}");
}

fn reaches_with_metadata(failed: IngressError, message: &str) {
    let metadata: BTreeMap<_, _> = terminal(&failed).metadata().collect();
    assert_eq!(metadata, METADATA.into());
    reaches_the_caller(failed, message);
}

fn terminal(failed: &IngressError) -> &TerminalError {
    failed.terminal().unwrap_or_else(|| panic!("not a terminal error: {failed}"))
}
