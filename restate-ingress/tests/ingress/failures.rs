use restate_core::TerminalError;
use restate_ingress::{IngressClient, IngressError};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    clients::GreeterClient,
    server::{ID, Reply, Server, failure, refusal, response},
};

async fn error_of(reply: Reply) -> IngressError {
    let server = Server::start([reply]).await;
    let error = GreeterClient(server.client()).greet("Pete").await.unwrap_err();
    assert_eq!(server.unseen(), 1, "sent once only");
    error
}

#[tokio::test]
async fn a_terminal_failure_has_code_message_metadata_and_invocation() {
    let error = error_of(failure(418)).await;
    assert_eq!(error.to_string(), format!("invocation {ID} failed: no (418)"));
    let expected = TerminalError::with_code(418, "no").with_metadata("a", "b");
    assert_eq!(error.terminal(), Some(&expected));
}

#[tokio::test]
async fn a_terminal_failure_may_name_its_source_in_the_body_only() {
    let body = r#"{"code":1000,"message":"no","source":"invocation"}"#;
    let error = error_of(response(500, &[], body)).await;
    assert_eq!(error.to_string(), "the invocation failed: no (1000)");
}

#[tokio::test]
async fn a_terminal_failure_without_a_body_has_the_status_as_its_code() {
    let error = error_of(response(503, &[("x-restate-error-source", "invocation")], "")).await;
    assert_eq!(error.terminal().unwrap().code(), 503);
}

#[tokio::test]
async fn a_refusal_names_the_request_the_status_and_the_reason() {
    let refused = "POST /greeter.v1.Greeter/Greet was refused with status";
    for (reply, rest) in [
        (refusal(404), " 404: no"),
        (refusal(503), " 503: no"),
        (
            response(401, &[], ""),
            " 401: Unauthorized; set a token with `bearer_token(..)` of the client's builder",
        ),
        (response(502, &[], "<html>Bad gateway</html>"), " 502: <html>Bad gateway</html>"),
        (response(307, &[("location", "/")], ""), " 307: Temporary Redirect"),
        (response(599, &[], ""), " 599: no reason given"),
    ] {
        let error = error_of(reply).await;
        assert!(matches!(error, IngressError::Refused { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("{refused}{rest}"));
    }
}

#[tokio::test]
async fn a_result_without_an_invocation_is_a_violation() {
    let error = error_of(response(200, &[], "\"Hello\"")).await;
    assert!(matches!(error, IngressError::Protocol { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the response to POST /greeter.v1.Greeter/Greet is not that of an ingress: header \
         `x-restate-id` is missing; check that the address is that of an engine's ingress"
    );
}

#[tokio::test]
async fn a_result_of_another_type_is_unreadable() {
    let headers = [("x-restate-id", ID), ("content-type", "application/json")];
    let error = error_of(response(200, &headers, "[7]")).await;
    assert!(matches!(error, IngressError::Unreadable(_)), "{error:?}");
    assert!(error.to_string().starts_with("cannot read the response with content-type"), "{error}");
}

#[tokio::test]
async fn a_result_over_the_limit_is_not_read() {
    let server = Server::start([
        response(200, &[("x-restate-id", ID)], "\"12345678\""),
        response(200, &[("x-restate-id", ID)], "\"123456789\""),
    ])
    .await;
    let client = server.builder().response_limit(10).build().unwrap();
    let greeter = GreeterClient(client);
    assert_eq!(greeter.greet("Pete").await.unwrap(), "12345678");
    let error = greeter.greet("Pete").idempotency_key("k").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the response to POST /greeter.v1.Greeter/Greet is longer than 10 bytes; \
         raise the limit with `response_limit(..)`"
    );
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = IngressClient::new(&url).unwrap();
    let error = GreeterClient(client).greet("Pete").await.unwrap_err();
    assert!(matches!(error, IngressError::Unreachable { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.starts_with(&format!("cannot reach {url}: ")), "{message}");
    assert!(message.ends_with("; check the address and that the engine is running"), "{message}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_response_is_interrupted() {
    let error = error_of(Reply::Close).await;
    assert!(matches!(error, IngressError::Interrupted { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_response_is_interrupted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = IngressClient::new(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        let half = "HTTP/1.1 200 OK\r\nx-restate-id: inv_1\r\ncontent-length: 9\r\n\r\n\"Hel";
        stream.write_all(half.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        // Reads the rest of the request, so that closing does not reset the connection.
        while stream.read_buf(&mut Vec::with_capacity(1024)).await.unwrap_or(0) > 0 {}
    });
    let error = GreeterClient(client).greet("Pete").await.unwrap_err();
    assert!(matches!(error, IngressError::Interrupted { .. }), "{error:?}");
    assert!(error.to_string().contains("retry it with an idempotency key"), "{error}");
}
