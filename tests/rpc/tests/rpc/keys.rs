//! Where the key of an object comes from.

use hyper::StatusCode;
use serde_json::json;

use crate::{connect::assert_code, http::Shop};

const ADD: &str = "/shop.v1.Stock/Add";
const WRITE: &str = "/shop.v1.Note/Write";

#[tokio::test]
async fn a_request_without_its_key_is_an_invalid_argument_that_names_the_field() {
    let shop = Shop::open().await;
    let response = shop.connect(ADD, &[], r#"{"pieces":"1"}"#).await;
    assert_code(&response, StatusCode::BAD_REQUEST, "invalid_argument");
    assert!(response.json()["message"].as_str().unwrap().contains("field `item`"), "{response:?}");
}

#[tokio::test]
async fn a_contract_without_a_key_field_takes_it_from_the_metadata() {
    let shop = Shop::open().await;
    let response = shop.connect(WRITE, &[], r#"{"name":"one"}"#).await;
    assert_code(&response, StatusCode::BAD_REQUEST, "invalid_argument");
    assert!(response.json()["message"].as_str().unwrap().contains("x-restate-key"));

    for (header, text, before) in [
        (("x-restate-key", "a"), "one", ""),
        (("x-restate-key", "a"), "two", "one"),
        // `ä` in UTF-8, which gRPC sends as binary metadata.
        (("x-restate-key-bin", "w6Q"), "three", ""),
        (("x-restate-key-bin", "w6Q="), "four", "three"),
    ] {
        let body = json!({ "name": text }).to_string();
        let response = shop.connect(WRITE, &[header], &body).await;
        let expected = if before.is_empty() { json!({}) } else { json!({ "text": before }) };
        assert_eq!(response.json(), expected, "{text}");
    }
}

#[tokio::test]
async fn two_keys_must_be_the_same() {
    let shop = Shop::open().await;
    let body = r#"{"item":"tea","pieces":"1"}"#;
    let same = shop.connect(ADD, &[("x-restate-key", "tea")], body).await;
    assert_eq!(same.json(), json!({ "pieces": "1" }));
    let other = shop.connect(ADD, &[("x-restate-key", "coffee")], body).await;
    assert_code(&other, StatusCode::BAD_REQUEST, "invalid_argument");
    // The field may be empty, where the metadata has the key.
    let only = shop.connect(ADD, &[("x-restate-key", "tea")], r#"{"pieces":"1"}"#).await;
    assert_eq!(only.json(), json!({ "pieces": "2" }));
}

#[tokio::test]
async fn a_service_has_no_keys() {
    let shop = Shop::open().await;
    let response = shop.connect("/shop.v1.Desk/Greet", &[("x-restate-key", "a")], "{}").await;
    assert_code(&response, StatusCode::BAD_REQUEST, "invalid_argument");
}

#[tokio::test]
async fn a_singleton_needs_no_key() {
    let shop = Shop::open().await;
    for expected in ["2", "4"] {
        let response = shop.connect("/shop.v1.Till/Put", &[], r#"{"pieces":"2"}"#).await;
        assert_eq!(response.json(), json!({ "pieces": expected }));
    }
    let other = [("x-restate-key", "other")];
    let response = shop.connect("/shop.v1.Till/Put", &other, "{}").await;
    assert_code(&response, StatusCode::BAD_REQUEST, "invalid_argument");
}
