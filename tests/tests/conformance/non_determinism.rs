//! Replays that differ from the journal fail, and have no effect.

use restate_core::{Json, OnMaxAttempts, RetryPolicy};
use restate_tests::services::{CounterClient, CounterUpdateResponse, NonDeterministicClient};

use crate::{
    polling::once,
    scenario::Setup,
    system::{Needs, System},
};

pub async fn either_sleep_or_call(setup: Setup) {
    let (system, key) = (system(&setup).await, "eitherSleepOrCall");
    count(&system, key).await;
    let failed = NonDeterministicClient::new(system.client(), key).either_sleep_or_call();
    failed.idempotency_key(once()).await.unwrap_err();
    has_no_effect(&system, key).await;
}

pub async fn call_different_method(setup: Setup) {
    let (system, key) = (system(&setup).await, "callDifferentMethod");
    count(&system, key).await;
    let failed = NonDeterministicClient::new(system.client(), key).call_different_method();
    failed.idempotency_key(once()).await.unwrap_err();
    has_no_effect(&system, key).await;
}

pub async fn background_invoke_with_different_targets(setup: Setup) {
    let (system, key) = (system(&setup).await, "backgroundInvokeWithDifferentTargets");
    count(&system, key).await;
    let client = NonDeterministicClient::new(system.client(), key);
    let failed = client.background_invoke_with_different_targets();
    failed.idempotency_key(once()).await.unwrap_err();
    has_no_effect(&system, key).await;
}

pub async fn set_different_key(setup: Setup) {
    let (system, key) = (system(&setup).await, "setDifferentKey");
    count(&system, key).await;
    let failed = NonDeterministicClient::new(system.client(), key).set_different_key();
    failed.idempotency_key(once()).await.unwrap_err();
    has_no_effect(&system, key).await;
}

/// A platform that does not retry.
async fn system(setup: &Setup) -> System {
    let retry_policy = RetryPolicy::new().max_attempts(1);
    let on_max_attempts = Some(OnMaxAttempts::Kill);
    setup.own_system(Needs { retry_policy, on_max_attempts, ..Needs::default() }).await
}

/// Increments the counter once, as the handler does at its end.
async fn count(system: &System, key: &str) {
    let counter = CounterClient::new(system.client(), key);
    let Json(update) = counter.add(1).idempotency_key(once()).await.unwrap();
    assert_eq!(update, CounterUpdateResponse { old_value: 0, new_value: 1 });
}

async fn has_no_effect(system: &System, key: &str) {
    let counter = CounterClient::new(system.client(), key);
    assert_eq!(counter.get().idempotency_key(once()).await.unwrap(), 1);
}
