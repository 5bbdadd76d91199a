//! Retries of closures.

use restate_tests::services::FailingClient;

use crate::{
    polling::{once, unique},
    scenario::Setup,
    system::Needs,
};

pub async fn with_success(setup: Setup) {
    let failing = FailingClient::new(setup.client(), unique("failing"));
    let call = failing.side_effect_succeeds_after_given_attempts(3);
    let attempts = call.idempotency_key(once()).await.unwrap();
    assert!(attempts >= 3, "{attempts} attempts");
}

/// On a platform of its own: some SDKs' test services count in the whole process.
pub async fn executed_only_once(setup: Setup) {
    let system = setup.own_system(Needs::default()).await;
    let failing = FailingClient::new(system.client(), "failing");
    let call = failing.side_effect_fails_after_given_attempts(1);
    assert_eq!(call.idempotency_key(once()).await.unwrap(), 1);
}

pub async fn with_exhausted_attempts(setup: Setup) {
    let failing = FailingClient::new(setup.client(), unique("failing"));
    let call = failing.side_effect_fails_after_given_attempts(3);
    let attempts = call.idempotency_key(once()).await.unwrap();
    assert!(attempts >= 3, "{attempts} attempts");
}
