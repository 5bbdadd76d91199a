//! Generated services: protobuf and JSON on the same handler, through the server.

use bytes::Bytes;
use http::Method;
use restate_endpoint::Endpoint;
use restate_examples::{GreetByName, contract::greeter::GreeterServer};
use restate_tests::{
    client::{self, Answer},
    server::RestateServer,
};

use crate::deployment::Deployment;

const PETE: &[u8] = b"\x0a\x04Pete";

async fn greet(deployment: &Deployment, content_type: &str, body: &'static [u8]) -> Answer {
    let headers = [("content-type", content_type)];
    let path = "/greeter.v1.Greeter/Greet";
    let address = deployment.server.ingress();
    client::send(address, Method::POST, path, &headers, Bytes::from_static(body)).await.unwrap()
}

#[tokio::test]
async fn the_answer_is_encoded_as_the_request_is() {
    let endpoint = Endpoint::builder().bind(GreeterServer::new(GreetByName));
    let deployment = Deployment::start(RestateServer::start().await, endpoint).await;

    let json = greet(&deployment, "application/json", br#"{"name":"Pete"}"#).await;
    assert_eq!(json.text(), r#"{"message":"Hello Pete"}"#);
    assert_eq!(json.header("content-type"), "application/json");

    for content_type in ["application/proto", "application/protobuf"] {
        let binary = greet(&deployment, content_type, PETE).await;
        assert_eq!(binary.body, &b"\x0a\x0aHello Pete"[..], "{}", binary.text());
    }

    let refused = greet(&deployment, "text/plain", b"Pete").await;
    assert_eq!(refused.status, 415);
    assert!(refused.text().contains("send `application/proto` or `application/json`"));

    let truncated = greet(&deployment, "application/proto", &PETE[..3]).await;
    assert_eq!(truncated.status, 400);
    deployment.stop().await;
}
