//! State survives restarts of the platform.

use restate_core::Json;
use restate_tests::services::{CounterClient, CounterUpdateResponse};

use crate::{
    patience::once,
    scenario::Setup,
    stage::{Needs, Stage},
};

pub async fn a_crash_retains_state(setup: Setup) {
    let mut stage = setup.own_stage(Needs::default()).await;
    add(&stage, 1, CounterUpdateResponse { old_value: 0, new_value: 1 }).await;
    stage.crash().await;
    add(&stage, 2, CounterUpdateResponse { old_value: 1, new_value: 3 }).await;
}

pub async fn a_stop_retains_state(setup: Setup) {
    let mut stage = setup.own_stage(Needs::default()).await;
    add(&stage, 1, CounterUpdateResponse { old_value: 0, new_value: 1 }).await;
    stage.restart().await;
    add(&stage, 2, CounterUpdateResponse { old_value: 1, new_value: 3 }).await;
}

async fn add(stage: &Stage, value: i64, expected: CounterUpdateResponse) {
    let counter = CounterClient::new(stage.client(), "my-key");
    let Json(update) = counter.add(value).idempotency_key(once()).await.unwrap();
    assert_eq!(update, expected);
}
