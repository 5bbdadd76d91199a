//! Failures of handlers.

use std::collections::BTreeMap;

use restate_core::{Json, TerminalError};
use restate_ingress::{IngressClient, IngressError};
use restate_tests::services::{CounterClient, FailingClient, FailureToPropagate};

use crate::{
    patience::{once, unique},
    scenario::Setup,
};

pub async fn terminal_failure(setup: Setup) {
    let failed = failing(&setup).terminally_failing_call(failure("my error"));
    reaches_the_caller(failed.idempotency_key(once()).await.unwrap_err(), "my error");
}

/// The first failure does not make the next ones different.
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
    failed.terminal().unwrap_or_else(|| panic!("not a failure of the handler: {failed}"))
}
