//! gRPC-Web: trailers in the body, as binary and as text.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::{StatusCode, Version};
use prost::Message as _;
use restate_rpc_tests::Greeting;

use crate::{
    grpc::{FAIL, GREET, greet},
    http::{Shop, frame},
};

#[tokio::test]
async fn a_message_is_followed_by_the_trailers() {
    let shop = Shop::open().await;
    let body = frame(0, &greet("Pete").encode_to_vec());
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let headers = [("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1")];
        let response = shop.send(version, "POST", GREET, &headers, &body).await;
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.header("content-type"), Some("application/grpc-web+proto"));
        let expected = Greeting { text: "Good day, Pete".to_owned() }.encode_to_vec();
        let trailers = frame(0x80, b"grpc-status: 0\r\n");
        assert_eq!(response.body, [frame(0, &expected), trailers].concat());
    }
}

#[tokio::test]
async fn text_is_base64() {
    let shop = Shop::open().await;
    let body = frame(0, &greet("Ann").encode_to_vec());
    let headers = [("content-type", "application/grpc-web-text")];
    let text = STANDARD.encode(&body);
    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, text.as_bytes()).await;
    let decoded = STANDARD.decode(&response.body).unwrap();
    let expected = Greeting { text: "Good day, Ann".to_owned() }.encode_to_vec();
    assert_eq!(decoded, [frame(0, &expected), frame(0x80, b"grpc-status: 0\r\n")].concat());

    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, b"?").await;
    let decoded = STANDARD.decode(&response.body).unwrap();
    assert!(decoded[5..].starts_with(b"grpc-status: 3\r\n"), "{response:?}");
}

#[tokio::test]
async fn a_failure_is_only_trailers() {
    let shop = Shop::open().await;
    let request = restate_rpc_tests::FailRequest { code: 404, message: "no".into(), rpc_code: 0 };
    let headers = [("content-type", "application/grpc-web")];
    let body = frame(0, &request.encode_to_vec());
    let response = shop.send(Version::HTTP_11, "POST", FAIL, &headers, &body).await;
    assert_eq!((response.status, response.body[0]), (StatusCode::OK, 0x80));
    let text = String::from_utf8_lossy(&response.body[5..]).into_owned();
    assert!(text.starts_with("grpc-status: 5\r\ngrpc-message: no\r\n"), "{text}");
    assert!(response.header("x-restate-id").is_some());
}

#[tokio::test]
async fn pages_of_allowed_origins_can_read_the_status() {
    let shop = Shop::with(restate_rpc_tests::engine().cors(["https://app.example.com"])).await;
    let page = ("origin", "https://app.example.com");
    let preflight = [
        page,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-grpc-web,connect-protocol-version"),
    ];
    let response = shop.send(Version::HTTP_11, "OPTIONS", GREET, &preflight, b"").await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    let allowed = response.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("x-grpc-web") && allowed.contains("connect-protocol-version"));

    let headers = [page, ("content-type", "application/grpc-web")];
    let body = frame(0, &greet("Pete").encode_to_vec());
    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, &body).await;
    assert_eq!(response.header("access-control-allow-origin"), Some(page.1));
    let exposed = response.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("grpc-status") && exposed.contains("x-restate-id"), "{exposed}");
    // Other pages are refused, in the terms of the protocol.
    let headers = [("origin", "https://evil.example"), ("content-type", "application/grpc-web")];
    let response = shop.send(Version::HTTP_11, "POST", GREET, &headers, &body).await;
    assert!(response.body[5..].starts_with(b"grpc-status: 7\r\n"), "{response:?}");
    assert_eq!(response.header("access-control-allow-origin"), None);
}
