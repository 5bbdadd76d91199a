//! Requests that no good client sends. Each has a clear status.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, channel::Channel};
use hyper::{
    HeaderMap, Request, StatusCode, Version,
    client::conn::http2,
    header::{HeaderName, HeaderValue},
};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use prost::Message as _;
use restate_embedded::{HttpLimits, Tokens};
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    grpc::{GREET, greet},
    http::{Shop, frame, gzip},
};

#[tokio::test]
async fn malformed_frames_have_a_status() {
    let shop = Shop::open().await;
    let message = frame(0, &greet("Pete").encode_to_vec());
    let gzip_header = &[("grpc-encoding", "gzip")][..];
    for (headers, body, status) in [
        (&[][..], vec![], "12"),
        (&[], message[..3].to_vec(), "3"),
        (&[], message[..7].to_vec(), "3"),
        (&[], [&message[..], b"\0"].concat(), "12"),
        (&[], [message.clone(), message.clone()].concat(), "12"),
        (&[], b"\0\xff\xff\xff\xff".to_vec(), "8"),
        (&[], frame(1, b"x"), "13"),
        (&[], frame(2, b"x"), "13"),
        (&[], frame(0x80, b"x"), "13"),
        (gzip_header, frame(1, b"not gzip"), "3"),
        (&[("grpc-encoding", "snappy")], message.clone(), "12"),
        (&[("grpc-timeout", "soon")], message.clone(), "3"),
        (&[("grpc-timeout", "123456789S")], message.clone(), "3"),
        (&[("x-restate-send", "maybe")], message.clone(), "3"),
        (&[("x-restate-delay", "1s")], message.clone(), "3"),
    ] {
        let response = shop.grpc(GREET, headers, &body).await;
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.grpc_status(), status, "{headers:?} {body:?}: {response:?}");
        assert!(!response.grpc_message().is_empty(), "{response:?}");
        // The same over gRPC-Web, where the status is in the body.
        let web = [&[("content-type", "application/grpc-web")], headers].concat();
        let response = shop.send(Version::HTTP_11, "POST", GREET, &web, &body).await;
        let text = format!("grpc-status: {status}\r\n");
        assert!(response.body[5..].starts_with(text.as_bytes()), "{headers:?}: {response:?}");
    }
}

#[tokio::test]
async fn the_limit_is_that_of_the_ingress_before_and_after_decompression() {
    let shop = Shop::with(restate_rpc_tests::engine().body_limit(1000)).await;
    let message = |length: usize| greet(&"x".repeat(length - 3)).encode_to_vec();
    assert_eq!(message(1000).len(), 1000);
    for (length, status) in [(1000, "0"), (1001, "8"), (1_000_000, "8")] {
        let response = shop.grpc(GREET, &[], &frame(0, &message(length))).await;
        assert_eq!(response.grpc_status(), status, "{length}");
        let bomb = frame(1, &gzip(&message(length)));
        let response = shop.grpc(GREET, &[("grpc-encoding", "gzip")], &bomb).await;
        assert_eq!(response.grpc_status(), status, "{length}");
        let headers = [("content-type", "application/grpc-web-text")];
        let text = STANDARD.encode(frame(0, &message(length)));
        let response = shop.send(Version::HTTP_2, "POST", GREET, &headers, text.as_bytes()).await;
        let frames = STANDARD.decode(&response.body).unwrap();
        let trailers = format!("grpc-status: {status}\r\n");
        let trailers = trailers.as_bytes();
        assert!(frames.windows(trailers.len()).any(|it| it == trailers), "{length}");
        let json = format!(r#"{{"name":"{}"}}"#, "x".repeat(length - 11));
        let response = shop.connect(GREET, &[], &json).await;
        let expected = if status == "0" { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(response.status, expected, "{length}");
    }
}

#[tokio::test]
async fn http_that_is_not_of_the_protocol_is_refused_by_http() {
    let shop = Shop::open().await;
    let body = frame(0, b"");
    let grpc = [("content-type", "application/grpc"), ("te", "trailers")];
    for (version, method, headers, status) in [
        (Version::HTTP_2, "DELETE", &grpc[..], 405),
        (Version::HTTP_2, "GET", &grpc, 405),
        (Version::HTTP_2, "POST", &[("content-type", "application/grpc+thrift")], 415),
        (Version::HTTP_2, "POST", &[("content-type", "application/grpc-web+thrift")], 415),
        (Version::HTTP_11, "POST", &grpc[..1], 505),
        (Version::HTTP_2, "PUT", &[("connect-protocol-version", "1")], 405),
        (Version::HTTP_2, "POST", &[("connect-protocol-version", "1")], 415),
    ] {
        let response = shop.send(version, method, GREET, headers, &body).await;
        assert_eq!(response.status.as_u16(), status, "{method} {headers:?}");
    }
}

#[tokio::test]
async fn te_is_not_needed() {
    let shop = Shop::open().await;
    let headers = [("content-type", "application/grpc")];
    let body = frame(0, &greet("Pete").encode_to_vec());
    let response = shop.send(Version::HTTP_2, "POST", GREET, &headers, &body).await;
    assert_eq!(response.grpc_status(), "0");
}

#[tokio::test]
async fn paths_that_are_no_rpcs_are_unimplemented() {
    let shop = Shop::open().await;
    for path in ["/", "/shop.v1.Desk", "/shop.v1.Desk/", "//Greet", "/shop.v1.Desk/Greet/send"] {
        let response = shop.grpc(path, &[], &frame(0, b"")).await;
        assert_eq!(response.grpc_status(), "12", "{path}");
    }
}

#[tokio::test]
async fn a_call_without_a_token_is_unauthenticated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens");
    std::fs::write(&path, "ci change 01234567890123456789012345678901").unwrap();
    let tokens = Tokens::file(&path);
    let shop = Shop::with(restate_rpc_tests::engine().ingress_tokens(tokens)).await;
    let body = frame(0, &greet("Pete").encode_to_vec());
    let response = shop.grpc(GREET, &[], &body).await;
    assert_eq!(response.grpc_status(), "16");
    assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    let response = shop.connect(GREET, &[], "{}").await;
    assert_eq!(response.json()["code"], "unauthenticated");
    let token = [("authorization", "Bearer 01234567890123456789012345678901")];
    assert_eq!(shop.grpc(GREET, &token, &body).await.grpc_status(), "0");
}

/// HTTP allows them, and gRPC does not.
#[tokio::test]
async fn trailers_of_a_request_mean_nothing() {
    let shop = Shop::open().await;
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let message = frame(0, &greet("Pete").encode_to_vec());
    let trailers = HeaderMap::from_iter([(
        HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("13"),
    )]);
    let body =
        Full::new(Bytes::from(message)).with_trailers(std::future::ready(Some(Ok(trailers))));
    let request = Request::post(format!("{}{GREET}", shop.origin()))
        .header("content-type", "application/grpc")
        .body(body);
    let response = http.request(request.unwrap()).await.unwrap();
    let end = response.into_body().collect().await.unwrap();
    assert_eq!(end.trailers().unwrap()["grpc-status"], "0");
}

/// Nothing is stored of a request that breaks off, and the connection goes on.
#[tokio::test]
async fn a_request_that_breaks_off_starts_nothing() {
    let shop = Shop::open().await;
    let stream = TcpStream::connect(shop.engine.ingress_addr().unwrap()).await.unwrap();
    let connected = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (mut sender, driver) = connected.unwrap();
    tokio::spawn(driver);
    let add = |body| {
        let request = Request::post(format!("{}/shop.v1.Stock/Add", shop.origin()))
            .header("content-type", "application/grpc");
        request.body(body).unwrap()
    };
    let message = frame(0, b"\x0a\x03tea\x10\x02");
    for kept in [0, 3, 5, message.len()] {
        let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(2);
        let response = sender.send_request(add(channel));
        body.send_data(Bytes::copy_from_slice(&message[..kept])).await.unwrap();
        // The stream is reset.
        body.abort(std::io::Error::other("the client has changed its mind"));
        drop(response.await);
    }
    let (mut body, channel) = Channel::<Bytes, std::io::Error>::new(2);
    let response = sender.send_request(add(channel));
    body.send_data(Bytes::from(message)).await.unwrap();
    drop(body);
    let response = response.await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(response.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(response.to_bytes(), frame(0, &[8, 2]), "it is the first that was added");
}

const CONNECTIONS: usize = 100;
const STREAMS: usize = 100;

/// More than the streams take, of both sides in this process: about 20 KiB each in a debug build.
const MOST_MEMORY: usize = 400 << 20;

/// As many as the engine admits by default; one more is told so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_streams_are_answered_and_one_more_is_refused() {
    // On a slow machine, opening all of them takes longer than a body may by default.
    let limits = HttpLimits::new().body_timeout(Duration::from_secs(3600));
    let shop = Shop::with(restate_rpc_tests::engine().http_limits(limits)).await;
    let message = frame(0, &greet("Pete").encode_to_vec());
    let (first, rest) = message.split_at(3);
    let before = memory();
    let (mut bodies, mut calls) = (Vec::new(), JoinSet::new());
    for connection in 0..=CONNECTIONS {
        let stream = TcpStream::connect(shop.engine.ingress_addr().unwrap()).await.unwrap();
        let connected = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (mut sender, driver) = connected.unwrap();
        tokio::spawn(driver);
        // The last connection has the one that is too many.
        for _ in 0..if connection == CONNECTIONS { 1 } else { STREAMS } {
            let (mut body, channel) = Channel::<Bytes>::new(2);
            body.send_data(Bytes::copy_from_slice(first)).await.unwrap();
            let request = Request::post(format!("{}{GREET}", shop.origin()))
                .header("content-type", "application/grpc")
                .body(channel);
            sender.ready().await.unwrap();
            let response = sender.send_request(request.unwrap());
            calls.spawn(async move {
                let (head, body) = response.await.unwrap().into_parts();
                let body = body.collect().await.unwrap();
                let trailers = body.trailers().unwrap_or(&head.headers);
                trailers["grpc-status"].to_str().unwrap().to_owned()
            });
            bodies.push(body);
        }
    }
    // Once one is refused, whichever comes last, all others are in flight.
    assert_eq!(calls.join_next().await.unwrap().unwrap(), "14");
    let taken = memory().saturating_sub(before);
    assert!(taken < MOST_MEMORY, "{taken} bytes");
    for mut body in bodies {
        // Fails for the one that was refused.
        let _ = body.send_data(Bytes::copy_from_slice(rest)).await;
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.len(), CONNECTIONS * STREAMS);
    assert!(statuses.iter().all(|status| status == "0"));
}

/// The memory of this process, in bytes.
fn memory() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
