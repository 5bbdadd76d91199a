//! What passes between a caller outside and a handler.

use bytes::Bytes;
use restate_core::Json;
use restate_tests::services::TestUtilsServiceClient;

use crate::{patience::once, scenario::Setup};

pub async fn headers_pass_through(setup: Setup) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let call = utils.echo_headers().idempotency_key(once());
    let Json(headers) = call.header("x-my-custom-header", "x-my-custom-value").await.unwrap();
    assert_eq!(headers["x-my-custom-header"], "x-my-custom-value");
}

pub async fn raw_handler(setup: Setup) {
    let bytes: Bytes = (0..=u8::MAX).rev().collect();
    let utils = TestUtilsServiceClient::new(setup.client());
    let echoed = utils.raw_echo(bytes.clone()).idempotency_key(once()).await.unwrap();
    assert_eq!(echoed, bytes);
}
