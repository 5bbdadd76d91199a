//! The next step starts after the result of a closure is stored.

use restate_tests::services::TestUtilsServiceClient;

use crate::{patience::once, scenario::Setup};

/// Every closure suspends its attempt, so that the last attempt has executed none.
pub async fn flush(setup: Setup) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let executed = utils.count_executed_side_effects(3).idempotency_key(once()).await.unwrap();
    assert_eq!(executed, 0);
}
