use std::time::Duration;

use restate_ingress::{Acceptance, IngressError};

use crate::{
    clients::{GreeterClient, SignupClient},
    server::{ID, Server, failure, receipt, refusal, result},
};

#[tokio::test]
async fn a_call_submits_the_workflow_and_attaches_to_it() {
    let mut server = Server::start([receipt("PreviouslyAccepted"), result("true")]).await;
    let signup = SignupClient(server.client().workflow_runs(), "pete");
    assert!(signup.run("p@example.com").await.unwrap());

    let submitted = server.seen().await;
    assert_eq!(submitted.path, "/Signup/pete/Run/send");
    assert_eq!(submitted.body, "\"p@example.com\"");
    assert_eq!(server.seen().await.path, format!("/restate/invocation/{ID}/attach"));
}

#[tokio::test]
async fn a_one_way_call_tells_whether_the_workflow_was_submitted_before() {
    let mut server = Server::start([receipt("PreviouslyAccepted")]).await;
    let signup = SignupClient(server.client().workflow_runs(), "pete");
    let submitted = signup.run("").delayed(Duration::from_secs(1)).await.unwrap();
    assert_eq!(submitted.acceptance(), Some(Acceptance::PreviouslyAccepted));
    assert_eq!(server.seen().await.path, "/Signup/pete/Run/send?delay=1000ms");
}

#[tokio::test]
async fn submitting_and_attaching_are_retried() {
    let script = [refusal(503), receipt("Accepted"), refusal(503), result("true")];
    let server = Server::start(script).await;
    assert!(SignupClient(server.client().workflow_runs(), "pete").run("").await.unwrap());
    assert_eq!(server.unseen(), 4);
}

#[tokio::test]
async fn the_call_fails_like_the_workflow() {
    let server = Server::start([receipt("Accepted"), failure(500)]).await;
    let signup = SignupClient(server.client().workflow_runs(), "pete");
    let error = signup.run("").await.unwrap_err();
    assert_eq!(error.terminal().unwrap().message(), "no");
    assert_eq!(server.unseen(), 2);
}

#[tokio::test]
async fn a_call_of_another_kind_of_handler_is_not_submitted() {
    let server = Server::start([]).await;
    let runs = server.client().workflow_runs();
    let unkeyed = GreeterClient(runs.clone()).greet("Pete").await.unwrap_err();
    assert_eq!(
        unkeyed.to_string(),
        "greeter.v1.Greeter/Greet has no key, so it is not a workflow; call it through the client"
    );
    let idempotent = SignupClient(runs, "pete").run("").idempotency_key("k").await.unwrap_err();
    assert!(matches!(idempotent, IngressError::Invalid(_)), "{idempotent:?}");
    assert_eq!(server.connections(), 0);
}
