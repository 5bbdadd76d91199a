//! Handlers that only other handlers may call.

use hyper::Version;

use crate::http::{Received, Shop, frame};

/// By its name in the contract, and by its wire name.
const PATHS: [&str; 2] = ["/shop.v1.Desk/Hide", "/shop.v1.Desk/hidden"];

fn assert_refused(response: &Received, how: &str) {
    assert!(response.header("x-restate-id").is_none(), "{how} starts it: {response:?}");
    let body = String::from_utf8_lossy(&response.body);
    assert!(!body.contains("Good day"), "{how}: {body}");
    let all = format!("{:?} {:?} {body}", response.headers, response.trailers);
    assert!(all.contains("private") || all.contains("has no handler"), "{how}: {all}");
}

#[tokio::test]
async fn no_protocol_reaches_a_private_handler() {
    let shop = Shop::open().await;
    let framed = frame(0, b"\x0a\x04Pete");
    let json = br#"{"name":"Pete"}"#;
    let sends: [&[(&str, &str)]; 2] = [&[], &[("x-restate-send", "true")]];
    for (path, send) in PATHS.into_iter().flat_map(|path| sends.map(|send| (path, send))) {
        for content_type in [
            "application/grpc",
            "application/grpc+json",
            "application/grpc-web",
            "application/grpc-web+json",
            "application/connect+proto",
        ] {
            let headers = [&[("content-type", content_type)], send].concat();
            let response = shop.send(Version::HTTP_2, "POST", path, &headers, &framed).await;
            match content_type {
                // It says that nothing streams, before it looks for the handler or after.
                "application/connect+proto" => assert!(response.header("x-restate-id").is_none()),
                _ => assert_refused(&response, &format!("{content_type} {path} {send:?}")),
            }
        }
        for (version, content_type, body) in [
            (Some("1"), "application/json", &json[..]),
            (Some("1"), "application/proto", &framed[5..]),
            // Without its header it is plain HTTP.
            (None, "application/json", &json[..]),
            (None, "application/proto", &framed[5..]),
        ] {
            let version = version.map(|version| ("connect-protocol-version", version));
            let headers = [("content-type", content_type)].into_iter().chain(version);
            let headers: Vec<_> = headers.chain(send.iter().copied()).collect();
            let response = shop.send(Version::HTTP_11, "POST", path, &headers, body).await;
            assert_refused(&response, &format!("POST {headers:?} {path}"));
        }
    }
    for path in [
        "/shop.v1.Desk/Hide?connect=v1&encoding=json&message=%7B%7D",
        "/shop.v1.Desk/hidden",
        "/restate/call/shop.v1.Desk/hidden",
    ] {
        let response = shop.send(Version::HTTP_11, "GET", path, &[], b"").await;
        assert!(!response.status.is_success(), "GET {path}: {response:?}");
        assert!(response.header("x-restate-id").is_none(), "GET {path}: {response:?}");
    }
    let json_type = [("content-type", "application/json")];
    for path in [
        "/shop.v1.Desk/hidden/send",
        "/restate/call/shop.v1.Desk/hidden",
        "/restate/send/shop.v1.Desk/hidden",
        "/restate/scope/s/call/shop.v1.Desk/hidden",
    ] {
        let response = shop.send(Version::HTTP_11, "POST", path, &json_type, json).await;
        assert_refused(&response, &format!("POST {path}"));
    }
}
