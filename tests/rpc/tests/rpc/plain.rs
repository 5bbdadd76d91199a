//! Clients of plain HTTP on the same port, which are answered as without these protocols.

use hyper::{StatusCode, Version};
use serde_json::json;

use crate::{grpc::GREET, http::Shop};

#[tokio::test]
async fn a_post_without_a_protocol_keeps_its_shapes() {
    let shop = Shop::open().await;
    let json = [("content-type", "application/json")];
    let response = shop.send(Version::HTTP_11, "POST", GREET, &json, br#"{"name":"Pete"}"#).await;
    assert_eq!(response.json(), json!({ "text": "Good day, Pete" }));

    let fail = br#"{"code":409,"message":"taken"}"#;
    let response = shop.send(Version::HTTP_11, "POST", "/shop.v1.Desk/Fail", &json, fail).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    assert_eq!(response.json()["code"], 409);
    assert_eq!(response.header("x-restate-error-source"), Some("invocation"));

    let image = [("content-type", "image/jpeg")];
    let response = shop.send(Version::HTTP_11, "POST", GREET, &image, b"x").await;
    assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let response = shop.send(Version::HTTP_11, "GET", "/shop.v1.Desk/Preview", &[], b"").await;
    assert_eq!(response.json(), json!({ "text": "Good day, " }));
    let response = shop.send(Version::HTTP_11, "GET", GREET, &[], b"").await;
    assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn routes_of_the_ingress_are_no_rpcs() {
    let shop = Shop::open().await;
    let headers = [("content-type", "application/json"), ("connect-protocol-version", "1")];
    let body = br#"{"target":"workflow","workflowName":"x","workflowKey":"y"}"#;
    let response = shop.send(Version::HTTP_11, "POST", "/restate/lookup", &headers, body).await;
    assert_eq!(response.json()["code"], 404);
}
