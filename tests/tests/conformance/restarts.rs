//! State survives restarts of the platform.

use restate_core::Json;
use restate_tests::services::{CounterClient, CounterUpdateResponse};

use crate::{
    polling::once,
    scenario::Setup,
    system::{Needs, System},
};

pub async fn a_crash_retains_state(setup: Setup) {
    let mut system = setup.own_system(Needs::default()).await;
    add(&system, 1, CounterUpdateResponse { old_value: 0, new_value: 1 }).await;
    system.crash().await;
    add(&system, 2, CounterUpdateResponse { old_value: 1, new_value: 3 }).await;
}

pub async fn a_stop_retains_state(setup: Setup) {
    let mut system = setup.own_system(Needs::default()).await;
    add(&system, 1, CounterUpdateResponse { old_value: 0, new_value: 1 }).await;
    system.restart().await;
    add(&system, 2, CounterUpdateResponse { old_value: 1, new_value: 3 }).await;
}

async fn add(system: &System, value: i64, expected: CounterUpdateResponse) {
    let counter = CounterClient::new(system.client(), "my-key");
    let Json(update) = counter.add(value).idempotency_key(once()).await.unwrap();
    assert_eq!(update, expected);
}
