use restate_core::Target;
use restate_ingress::IngressError;

use crate::server::{ID, Server, failure, refusal, response, result};

#[tokio::test]
async fn results_are_requested_by_id_idempotency_key_and_workflow_key() {
    let mut server = Server::start((0..6).map(|_| result("7"))).await;
    let client = server.client();

    let invocation = client.invocation(ID);
    let service = client.idempotent(Target::service("S", "h"), "a/b");
    let object = client.idempotent(Target::object("O", "k 1", "h"), "key");
    let workflow = client.workflow("W", "..");
    assert_eq!(invocation.attach::<u64>().await.unwrap(), 7);
    assert_eq!(invocation.output::<u64>().await.unwrap(), Some(7));
    assert_eq!(service.attach::<u64>().await.unwrap(), 7);
    assert_eq!(object.output::<u64>().await.unwrap(), Some(7));
    assert_eq!(workflow.attach::<u64>().await.unwrap(), 7);
    assert_eq!(workflow.output::<u64>().await.unwrap(), Some(7));

    for path in [
        &format!("/restate/invocation/{ID}/attach"),
        &format!("/restate/invocation/{ID}/output"),
        "/restate/invocation/S/h/a%2Fb/attach",
        "/restate/invocation/O/k%201/h/key/output",
        "/restate/workflow/W/%2E%2E/attach",
        "/restate/workflow/W/%2E%2E/output",
    ] {
        let seen = server.seen().await;
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", path));
    }
}

#[tokio::test]
async fn an_output_of_a_running_invocation_is_none() {
    let server = Server::start([refusal(470)]).await;
    assert_eq!(server.client().invocation(ID).output::<u64>().await.unwrap(), None);
}

#[tokio::test]
async fn an_output_of_a_failed_invocation_is_its_failure() {
    let server = Server::start([failure(409)]).await;
    let error = server.client().invocation(ID).output::<u64>().await.unwrap_err();
    assert_eq!(error.terminal().unwrap().code(), 409);
}

#[tokio::test]
async fn a_failure_with_the_code_of_not_ready_is_a_failure() {
    let server = Server::start([failure(470)]).await;
    let error = server.client().invocation(ID).output::<u64>().await.unwrap_err();
    assert_eq!(error.terminal().unwrap().code(), 470);
}

#[tokio::test]
async fn an_unknown_invocation_is_refused() {
    let server = Server::start([refusal(404)]).await;
    let error = server.client().invocation(ID).output::<u64>().await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 404, .. }), "{error:?}");
}

#[tokio::test]
async fn an_invocation_is_cancelled_at_the_admin_port() {
    let ingress = Server::start([]).await;
    let mut admin = Server::start([response(202, &[], "")]).await;
    let client = ingress.builder().admin(&admin.url).bearer_token("secret").build().unwrap();
    client.invocation(ID).cancel().await.unwrap();

    let seen = admin.seen().await;
    assert_eq!(seen.method, "PATCH");
    assert_eq!(seen.path, format!("/invocations/{ID}/cancel"));
    assert_eq!(seen.header("authorization"), Some("Bearer secret"));
    assert_eq!(ingress.connections(), 0);
}

#[tokio::test]
async fn cancelling_an_unknown_invocation_is_refused() {
    let body = r#"{"message":"The requested invocation does not exist","restate_code":null}"#;
    let admin = Server::start([response(404, &[], body)]).await;
    let client = admin.builder().admin(&admin.url).build().unwrap();
    let error = client.invocation(ID).cancel().await.unwrap_err();
    assert!(error.to_string().ends_with("status 404: The requested invocation does not exist"));
}

#[tokio::test]
async fn cancelling_without_an_admin_address_tells_how_to_set_it() {
    let server = Server::start([]).await;
    let error = server.client().invocation("inv_1").cancel().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PATCH /invocations/inv_1/cancel needs the address of the admin interface; \
         set it with `admin(\"http://127.0.0.1:9070\")` of the client's builder"
    );
}
