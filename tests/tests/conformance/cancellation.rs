//! Cancellation of a tree of calls whose leaf is blocked.

use std::time::Duration;

use futures::future::join_all;
use restate_core::Json;
use restate_tests::services::{
    AwakeableHolderClient, BlockingOperation, CancelTestBlockingServiceClient,
    CancelTestRunnerClient, ProxyClient, ProxyRequest, TestUtilsServiceClient,
};

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
};

const OPERATIONS: [BlockingOperation; 3] =
    [BlockingOperation::Call, BlockingOperation::Sleep, BlockingOperation::Awakeable];

pub async fn from_the_admin_api(setup: Setup) {
    let setup = &setup;
    join_all(OPERATIONS.map(async |operation| {
        let key = unique("cancel");
        let runner = CancelTestRunnerClient::new(setup.client(), key.as_str());
        let started = runner.start_test(Json(operation)).idempotency_key(once()).one_way().await;
        let id = started.unwrap().invocation_id().to_owned();
        unlock(setup, &key).await;
        is_cancelled(setup, &key, async || setup.shared.cancel(&id).await).await;
    }))
    .await;
}

pub async fn from_a_handler(setup: Setup) {
    let setup = &setup;
    join_all(OPERATIONS.map(async |operation| {
        let key = unique("cancel");
        let start = ProxyRequest {
            service_name: "CancelTestRunner".to_owned(),
            virtual_object_key: Some(key.clone()),
            handler_name: "startTest".to_owned(),
            message: serde_json::to_vec(&operation).unwrap(),
            ..ProxyRequest::default()
        };
        let proxy = ProxyClient::new(setup.client());
        let id = proxy.one_way_call(Json(start)).idempotency_key(once()).await.unwrap();
        unlock(setup, &key).await;
        let utils = TestUtilsServiceClient::new(setup.client());
        is_cancelled(setup, &key, async || {
            utils.cancel_invocation(id.clone()).idempotency_key(once()).await.unwrap();
        })
        .await;
    }))
    .await;
}

/// Waits until the leaf has started, and lets it continue to where it blocks.
async fn unlock(setup: &Setup, key: &str) {
    let holder = AwakeableHolderClient::new(setup.client(), key);
    eventually("the leaf announces itself", async || {
        holder.has_awakeable().await.unwrap().then_some(())
    })
    .await;
    holder.unlock("cancel".to_owned()).idempotency_key(once()).await.unwrap();
}

/// Cancels until the root has recorded it, because the leaf may not be blocked at first.
async fn is_cancelled(setup: &Setup, key: &str, cancel: impl AsyncFn()) {
    let runner = CancelTestRunnerClient::new(setup.client(), key);
    eventually("the root is cancelled", async || {
        cancel().await;
        let verified = tokio::time::timeout(Duration::from_secs(1), runner.verify_test().call());
        matches!(verified.await, Ok(Ok(true))).then_some(())
    })
    .await;
    let leaf = CancelTestBlockingServiceClient::new(setup.client(), key);
    leaf.is_unlocked().idempotency_key(once()).await.unwrap();
}
