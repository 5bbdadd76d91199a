//! Connect: unary rpcs by POST and GET.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use hyper::{StatusCode, Version};
use prost::Message as _;
use restate_core::well_known::StringValue;
use restate_rpc_tests::{Full, GreetRequest, Greeting};
use serde_json::json;

use crate::{
    grpc::{FAIL, GREET},
    http::{Received, Shop, gunzip, gzip},
};

#[tokio::test]
async fn json_and_proto_are_answered_in_kind() {
    let shop = Shop::open().await;
    let response = shop.connect(GREET, &[], r#"{"name":"Pete"}"#).await;
    assert_eq!(
        (response.status, response.json()),
        (StatusCode::OK, json!({ "text": "Good day, Pete" }))
    );
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.header("x-restate-id").unwrap().starts_with("inv_1"));

    let headers = [("content-type", "application/proto"), ("connect-protocol-version", "1")];
    let request = GreetRequest { name: "Ann".to_owned() }.encode_to_vec();
    let response = shop.send(Version::HTTP_2, "POST", GREET, &headers, &request).await;
    assert_eq!(Greeting::decode(response.body).unwrap().text, "Good day, Ann");
}

#[tokio::test]
async fn failures_have_the_code_as_a_text_and_details() {
    let shop = Shop::open().await;
    let request = r#"{"code":409,"message":"taken","rpcCode":6}"#;
    let response = shop.connect(FAIL, &[], request).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    assert!(response.header("x-restate-id").is_some());
    let body = response.json();
    assert_eq!((&body["code"], &body["message"]), (&json!("already_exists"), &json!("taken")));
    let details = body["details"].as_array().unwrap().iter().map(|detail| {
        let value = STANDARD_NO_PAD.decode(detail["value"].as_str().unwrap()).unwrap();
        (detail["type"].as_str().unwrap(), value)
    });
    let details: Vec<_> = details.collect();
    let why = StringValue { value: "why".to_owned() }.encode_to_vec();
    assert_eq!(details[0], ("google.protobuf.StringValue", why));
    let full = Full { item: "tea".to_owned(), left: 7 }.encode_to_vec();
    assert_eq!(details[1], ("shop.v1.Full", full));
    assert_eq!((details.len(), details[2].0), (3, "google.rpc.ErrorInfo"));
    let info = String::from_utf8_lossy(&details[2].1);
    assert!(info.contains("shelf") && !info.contains("why"), "{info}");
}

#[tokio::test]
async fn a_get_calls_only_what_has_no_side_effects() {
    let shop = Shop::open().await;
    let get = |path: String| {
        let shop = &shop;
        async move { shop.send(Version::HTTP_11, "GET", &path, &[], b"").await }
    };
    let json = "connect=v1&encoding=json&message=%7B%22name%22%3A%22Pete%22%7D";
    let response = get(format!("/shop.v1.Desk/Preview?{json}")).await;
    assert_eq!(response.json(), json!({ "text": "Good day, Pete" }));

    let message = GreetRequest { name: "Ann".to_owned() }.encode_to_vec();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for (message, extra) in [(message.clone(), ""), (gzip(&message), "&compression=gzip")] {
        let message = engine.encode(message);
        let query = format!("connect=v1&encoding=proto&base64=1&message={message}{extra}");
        let response = get(format!("/shop.v1.Desk/Preview?{query}")).await;
        assert_eq!(response.status, StatusCode::OK, "{response:?}");
        assert_eq!(Greeting::decode(response.body).unwrap().text, "Good day, Ann");
    }

    let response = get(format!("{GREET}?{json}")).await;
    assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.header("allow"), Some("POST"));

    let response = get("/shop.v1.Desk/Preview?connect=v1&encoding=json".to_owned()).await;
    assert_code(&response, StatusCode::BAD_REQUEST, "invalid_argument");
}

#[tokio::test]
async fn requests_that_are_wrong_have_a_code() {
    let shop = Shop::open().await;
    for (path, headers, body, status, code) in [
        ("/shop.v1.Desk/Dance", &[][..], "{}", StatusCode::NOT_FOUND, "unimplemented"),
        ("/shop.v1.Desk/Hide", &[], "{}", StatusCode::FORBIDDEN, "permission_denied"),
        (GREET, &[], "[]", StatusCode::BAD_REQUEST, "invalid_argument"),
        (
            GREET,
            &[("connect-timeout-ms", "soon")],
            "{}",
            StatusCode::BAD_REQUEST,
            "invalid_argument",
        ),
        (GREET, &[("content-encoding", "br")], "{}", StatusCode::NOT_IMPLEMENTED, "unimplemented"),
    ] {
        let response = shop.connect(path, headers, body).await;
        assert_code(&response, status, code);
    }
    let headers = [("content-type", "application/json"), ("connect-protocol-version", "2")];
    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, b"{}").await;
    assert_code(&response, StatusCode::BAD_REQUEST, "invalid_argument");
    let headers = [("content-type", "text/plain"), ("connect-protocol-version", "1")];
    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, b"{}").await;
    assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(response.header("accept-post").unwrap().contains("application/json"));
}

#[tokio::test]
async fn bodies_are_compressed_both_ways() {
    let shop = Shop::open().await;
    let request = format!(r#"{{"name":"{}"}}"#, "x".repeat(5000));
    let headers = [
        ("content-type", "application/json"),
        ("connect-protocol-version", "1"),
        ("content-encoding", "gzip"),
        ("accept-encoding", "br, gzip"),
    ];
    let body = gzip(request.as_bytes());
    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, &body).await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert!(gunzip(&response.body).starts_with(br#"{"text":"Good day, xxx"#));
}

#[tokio::test]
async fn a_stream_is_told_that_rpcs_do_not_stream() {
    let shop = Shop::open().await;
    let headers = [("content-type", "application/connect+json"), ("connect-protocol-version", "1")];
    let response = shop.send(Version::HTTP_2, "POST", GREET, &headers, b"\0\0\0\0\x02{}").await;
    assert_eq!((response.status, response.body[0]), (StatusCode::OK, 2));
    let end: serde_json::Value = serde_json::from_slice(&response.body[5..]).unwrap();
    assert_eq!(end["error"]["code"], "unimplemented");
}

pub(crate) fn assert_code(response: &Received, status: StatusCode, code: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(response.json()["code"], code, "{response:?}");
}
