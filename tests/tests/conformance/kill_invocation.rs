//! Killing a tree of calls in a deadlock.

use restate_tests::services::{
    AwakeableHolderClient, KillTestRunnerClient, KillTestSingletonClient,
};

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
};

pub async fn kill(setup: Setup) {
    let key = unique("kill");
    let runner = KillTestRunnerClient::new(setup.client(), key.as_str());
    let started = runner.start_call_tree().idempotency_key(once()).one_way().await.unwrap();
    let holder = AwakeableHolderClient::new(setup.client(), key.as_str());
    eventually("the tree has grown", async || holder.has_awakeable().await.unwrap().then_some(()))
        .await;
    holder.unlock("kill".to_owned()).idempotency_key(once()).await.unwrap();

    setup.shared.kill(started.invocation_id()).await;
    let singleton = KillTestSingletonClient::new(setup.client(), key);
    singleton.is_unlocked().idempotency_key(once()).await.unwrap();
}
