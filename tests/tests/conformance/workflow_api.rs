//! Workflows and their promises.

use restate_core::Json;
use restate_ingress::{Acceptance, IngressError};
use restate_tests::services::BlockAndWaitWorkflowClient;

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
};

pub async fn set_and_resolve(setup: Setup) {
    let (client, key) = (setup.client(), unique("workflow"));
    let workflow = BlockAndWaitWorkflowClient::new(client.clone(), key.as_str());
    let runs = BlockAndWaitWorkflowClient::new(client.workflow_runs(), key.as_str());
    let submitted = runs.run("Francesco".to_owned()).one_way().await.unwrap();
    assert_eq!(submitted.acceptance(), Some(Acceptance::Accepted));
    eventually("the workflow has written its state", async || match workflow.state().await {
        Ok(Json(state)) => state.filter(|state| !state.is_empty()),
        // Some SDKs answer with nothing where there is no state.
        Err(IngressError::Unreadable(_)) => None,
        Err(error) => panic!("{error}"),
    })
    .await;
    workflow.unblock("Till".to_owned()).idempotency_key(once()).await.unwrap();

    let handle = client.workflow("BlockAndWaitWorkflow", key.as_str());
    assert_eq!(handle.attach::<String>().await.unwrap(), "Till");
    assert_eq!(handle.output::<String>().await.unwrap().as_deref(), Some("Till"));

    let again = runs.run("Francesco".to_owned()).one_way().await.unwrap();
    assert_eq!(again.acceptance(), Some(Acceptance::PreviouslyAccepted));
    assert_eq!(again.invocation_id(), submitted.invocation_id());
    assert_eq!(handle.output::<String>().await.unwrap().as_deref(), Some("Till"));
    let Json(state) = workflow.state().await.unwrap();
    assert_eq!(state.as_deref(), Some("Francesco"));
}
