use std::time::Duration;

use restate_core::TerminalError;
use restate_ingress::{Acceptance, IngressError};

use crate::{
    clients::{GreeterClient, SignupClient},
    server::{ID, Server, receipt, refusal, response, result},
};

#[tokio::test]
async fn a_one_way_call_is_sent_and_returns_its_invocation() {
    let mut server = Server::start([receipt("Accepted"), result("\"Hello\"")]).await;
    let sent = GreeterClient(server.client()).greet("Pete").one_way().await.unwrap();
    assert_eq!(*sent.invocation_id(), ID);
    assert_eq!(sent.acceptance(), Some(Acceptance::Accepted));
    assert_eq!(server.seen().await.path, "/greeter.v1.Greeter/Greet/send");

    assert_eq!(sent.attach::<String>().await.unwrap(), "Hello");
    let seen = server.seen().await;
    assert_eq!(seen.method, "GET");
    assert_eq!(seen.path, format!("/restate/invocation/{ID}/attach"));
}

#[tokio::test]
async fn a_delay_is_rounded_up_to_milliseconds() {
    let mut server = Server::start([receipt("Accepted"), receipt("Accepted")]).await;
    let signup = SignupClient(server.client(), "pete");
    signup.run("").delayed(Duration::from_secs(5)).await.unwrap();
    signup.run("").delayed(Duration::from_nanos(1)).await.unwrap();
    assert_eq!(server.seen().await.path, "/Signup/pete/Run/send?delay=5000ms");
    assert_eq!(server.seen().await.path, "/Signup/pete/Run/send?delay=1ms");
}

#[tokio::test]
async fn a_delay_that_no_engine_accepts_is_refused_in_days() {
    let server = Server::start([]).await;
    let signup = SignupClient(server.client(), "pete");
    let refused = signup.run("").delayed(Duration::MAX).await.unwrap_err();
    let message = refused.to_string();
    assert!(message.contains("Signup/Run is delayed by 213503982334601 days"), "{message}");
    assert!(message.contains("at most 36500"), "{message}");
}

#[tokio::test]
async fn a_repeated_idempotency_key_tells_that_the_call_was_accepted_before() {
    let server = Server::start([receipt("PreviouslyAccepted")]).await;
    let call = GreeterClient(server.client()).greet("Pete").idempotency_key("order-7");
    let sent = call.one_way().await.unwrap();
    assert_eq!(sent.acceptance(), Some(Acceptance::PreviouslyAccepted));
}

#[tokio::test]
async fn a_refused_one_way_call_names_the_reason() {
    let server = Server::start([refusal(404)]).await;
    let error = GreeterClient(server.client()).greet("Pete").one_way().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /greeter.v1.Greeter/Greet/send was refused with status 404: no"
    );
}

#[tokio::test]
async fn an_invalid_receipt_is_a_violation() {
    for body in ["", "{}", r#"{"invocationId":"inv_1","status":"Lost"}"#, "<html>"] {
        let server = Server::start([response(202, &[], body)]).await;
        let error = GreeterClient(server.client()).greet("Pete").one_way().await.unwrap_err();
        assert!(matches!(error, IngressError::Protocol { .. }), "{body}: {error:?}");
    }
}

/// The same methods are shown inside handlers by `restate-core/tests/driver/handles.rs`, and in
/// process by `restate-embedded/tests/client.rs`.
#[tokio::test]
async fn the_handle_of_a_one_way_call_has_every_method() {
    let mut server = Server::start([
        receipt("Accepted"),
        result("\"Hello\""),
        result("\"Hello\""),
        response(202, &[], ""),
        response(202, &[], ""),
        response(202, &[], ""),
    ])
    .await;
    let client = server.builder().admin(&server.url).build().unwrap();
    let handle = GreeterClient(client).greet("Pete").one_way().await.unwrap();
    assert_eq!(*handle.invocation_id(), ID);
    assert_eq!(handle.attach::<String>().await.unwrap(), "Hello");
    assert_eq!(handle.output::<String>().await.unwrap().as_deref(), Some("Hello"));
    handle.signal("paid", 7_u64).await.unwrap();
    let error = TerminalError::with_code(402, "declined").with_metadata("card", "visa");
    handle.reject_signal("paid", error).await.unwrap();
    handle.cancel().await.unwrap();

    let mut seen = Vec::new();
    for _ in 0..6 {
        let request = server.seen().await;
        let body = String::from_utf8_lossy(&request.body).into_owned();
        seen.push(format!("{} {} {body}", request.method, request.path));
    }
    assert_eq!(
        seen,
        [
            "POST /greeter.v1.Greeter/Greet/send \"Pete\"".to_owned(),
            format!("GET /restate/invocation/{ID}/attach "),
            format!("GET /restate/invocation/{ID}/output "),
            format!("POST /restate/signals/{ID}/paid/resolve 7"),
            format!(
                "POST /restate/signals/{ID}/paid/reject \
                 {{\"code\":402,\"message\":\"declined\",\"metadata\":{{\"card\":\"visa\"}}}}"
            ),
            format!("PATCH /invocations/{ID}/cancel "),
        ]
    );
}
