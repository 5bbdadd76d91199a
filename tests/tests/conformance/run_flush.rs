//! A step starts only after the result of the previous one is durable.

use restate_tests::services::TestUtilsServiceClient;

use crate::{polling::once, scenario::Setup};

/// Every closure suspends its attempt, so the last attempt executes no closure.
pub async fn flush(setup: Setup) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let executed = utils.count_executed_side_effects(3).idempotency_key(once()).await.unwrap();
    assert_eq!(executed, 0);
}
