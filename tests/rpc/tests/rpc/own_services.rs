//! Health and reflection: the services that a front door has itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, channel::Channel};
use hyper::{Request, Response, StatusCode, Version, body::Incoming};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use prost::Message as _;
use serde_json::{Value, json};

use crate::{
    connect::assert_code,
    http::{Shop, frame},
};

const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECT: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

#[tokio::test]
async fn each_service_and_the_engine_are_healthy() {
    let shop = Shop::open().await;
    for service in
        ["", "shop.v1.Desk", "shop.v1.Stock", "grpc.health.v1.Health", "restate.v1.Ingress"]
    {
        let response = shop.connect(CHECK, &[], &json!({ "service": service }).to_string()).await;
        assert_eq!(response.json(), json!({ "status": "SERVING" }), "{service}");
        let request = [&[0x0a, u8::try_from(service.len()).unwrap()], service.as_bytes()].concat();
        let response = shop.grpc(CHECK, &[], &frame(0, &request)).await;
        assert_eq!((response.grpc_status(), &*response.body), ("0", &frame(0, &[8, 1])[..]));
    }
    // All of its handlers are private.
    for unknown in ["shop.v1.Safe", "shop.v1.Nothing"] {
        let response = shop.connect(CHECK, &[], &json!({ "service": unknown }).to_string()).await;
        assert_code(&response, StatusCode::NOT_FOUND, "not_found");
    }
    let all = shop.connect("/grpc.health.v1.Health/List", &[], "{}").await.json();
    assert_eq!(all["statuses"]["shop.v1.Desk"], json!({ "status": "SERVING" }));
    assert_eq!(all["statuses"][""], json!({ "status": "SERVING" }));
    assert!(all["statuses"].get("shop.v1.Safe").is_none(), "{all}");
    let response = shop.connect("/grpc.health.v1.Health/Cure", &[], "{}").await;
    assert_code(&response, StatusCode::NOT_FOUND, "unimplemented");
}

async fn watch(shop: &Shop, body: Vec<u8>) -> Response<Incoming> {
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = Request::post(format!("{}{WATCH}", shop.origin()))
        .header("content-type", "application/grpc")
        .body(Full::new(Bytes::from(body)));
    http.request(request.unwrap()).await.unwrap()
}

async fn next(response: &mut Response<Incoming>) -> Bytes {
    let frame = response.body_mut().frame().await.unwrap().unwrap();
    frame.into_data().unwrap_or_else(|frame| panic!("{:?}", frame.into_trailers()))
}

#[tokio::test]
async fn a_watch_sees_that_the_engine_stops() {
    let shop = Shop::open().await;
    let mut all = watch(&shop, frame(0, b"")).await;
    assert_eq!(*next(&mut all).await, frame(0, &[8, 1]));
    let mut unknown = watch(&shop, frame(0, b"\x0a\x01x")).await;
    assert_eq!(*next(&mut unknown).await, frame(0, &[8, 3]));

    let shutdown = tokio::spawn(shop.engine.shutdown());
    assert_eq!(*next(&mut all).await, frame(0, &[8, 2]));
    for ended in [all, unknown] {
        let end = ended.into_body().collect().await.unwrap();
        assert_eq!(end.trailers().unwrap()["grpc-status"], "14");
    }
    // The streams do not hold it up.
    shutdown.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_watch_takes_one_request() {
    let shop = Shop::open().await;
    for body in [vec![], [frame(0, b""), frame(0, b"")].concat()] {
        let end = watch(&shop, body).await.into_body().collect().await.unwrap();
        assert_eq!(end.trailers().unwrap()["grpc-status"], "12");
    }
}

/// The answers to these questions, over Connect with JSON.
async fn ask(shop: &Shop, questions: &[Value]) -> Vec<Value> {
    let headers = [("content-type", "application/connect+json"), ("connect-protocol-version", "1")];
    let body = questions.iter().flat_map(|it| frame(0, it.to_string().as_bytes()));
    let body: Vec<u8> = body.collect();
    let response = shop.send(Version::HTTP_2, "POST", REFLECT, &headers, &body).await;
    let frames = frames(&response.body);
    let (end, messages) = frames.split_last().unwrap();
    assert_eq!(*end, (2, b"{}".to_vec()));
    messages.iter().map(|(_, message)| serde_json::from_slice(message).unwrap()).collect()
}

fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some(([flags, length @ ..], rest)) = bytes.split_first_chunk::<5>() {
        let (message, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        frames.push((*flags, message.to_owned()));
        bytes = rest;
    }
    frames
}

fn file(answer: &Value) -> Vec<u8> {
    let files = &answer["fileDescriptorResponse"]["fileDescriptorProto"];
    STANDARD.decode(files[0].as_str().unwrap_or_else(|| panic!("{answer}"))).unwrap()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[tokio::test]
async fn reflection_describes_what_clients_can_call() {
    let shop = Shop::open().await;
    let questions = [
        json!({ "listServices": "" }),
        json!({ "fileContainingSymbol": "shop.v1.Desk.Greet" }),
        json!({ "fileByFilename": "shop/v1/shop.proto" }),
        json!({ "fileByFilename": "restate/options.proto" }),
        json!({ "fileByFilename": "google/protobuf/descriptor.proto" }),
        json!({ "fileContainingSymbol": "shop.v1.Safe" }),
        json!({ "fileContainingSymbol": "shop.v1.Desk.Hide" }),
        json!({ "allExtensionNumbersOfType": "google.protobuf.FieldOptions" }),
        json!({ "fileByFilename": "nothing.proto" }),
        json!({ "host": "shop" }),
    ];
    let answers = ask(&shop, &questions).await;
    assert_eq!(answers.len(), questions.len(), "an error does not end the stream");
    let services = answers[0]["listServicesResponse"]["service"].as_array().unwrap();
    let services: Vec<_> = services.iter().map(|it| it["name"].as_str().unwrap()).collect();
    let expected = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "restate.v1.Awakeables",
        "restate.v1.Ingress",
        "restate.v1.Promises",
        "shop.v1.Desk",
        "shop.v1.Note",
        "shop.v1.Order",
        "shop.v1.Stock",
    ];
    assert!(expected.iter().all(|it| services.contains(it)), "{services:?}");
    for hidden in ["shop.v1.Audit", "shop.v1.Safe"] {
        assert!(!services.contains(&hidden), "{services:?}");
    }
    let contract = file(&answers[1]);
    assert_eq!(file(&answers[2]), contract);
    assert!(contains(&contract, "Greet") && contains(&contract, "SeenHeaders"));
    assert!(!contains(&contract, "Hide") && !contains(&contract, "Safe"));
    assert!(contains(&file(&answers[3]), "restate/options.proto"));
    assert!(contains(&file(&answers[4]), "FieldOptions"));
    for missing in [&answers[5], &answers[6], &answers[8]] {
        assert_eq!(missing["errorResponse"]["errorCode"], 5, "{missing}");
    }
    let numbers = &answers[7]["allExtensionNumbersResponse"]["extensionNumber"];
    let number = numbers.as_array().unwrap()[0].clone();
    assert_eq!(answers[9]["errorResponse"]["errorCode"], 3);
    assert_eq!(answers[9]["validHost"], "shop");

    let extension =
        json!({ "containingType": "google.protobuf.FieldOptions", "extensionNumber": number });
    let answers = ask(&shop, &[json!({ "fileContainingExtension": extension })]).await;
    assert!(contains(&file(&answers[0]), "restate"));
}

/// `ServerReflectionRequest` with `list_services`
#[derive(Clone, PartialEq, prost::Message)]
struct ListServices {
    #[prost(string, optional, tag = "7")]
    list_services: Option<String>,
}

#[tokio::test]
async fn both_versions_answer_over_grpc_and_grpc_web() {
    let shop = Shop::open().await;
    let list = frame(0, &ListServices { list_services: Some(String::new()) }.encode_to_vec());
    for version in ["v1", "v1alpha"] {
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let response = shop.grpc(&path, &[], &list.repeat(3)).await;
        assert_eq!((response.grpc_status(), frames(&response.body).len()), ("0", 3));
        for text in ["", "-text"] {
            let content_type = format!("application/grpc-web{text}+proto");
            let headers = [("content-type", content_type.as_str())];
            let body = if text.is_empty() { list.clone() } else { STANDARD.encode(&list).into() };
            let response = shop.send(Version::HTTP_11, "POST", &path, &headers, &body).await;
            let is_text = !text.is_empty();
            // Each frame is padded on its own.
            let body = String::from_utf8_lossy(&response.body).into_owned();
            let body = match is_text {
                true => body.split_inclusive('=').map(str::to_owned).collect::<Vec<_>>(),
                false => Vec::new(),
            };
            let decoded: Vec<u8> = match is_text {
                true => decode_padded(&body.concat()),
                false => response.body.to_vec(),
            };
            let frames = frames(&decoded);
            assert_eq!(frames.len(), 2, "{response:?}");
            assert!(contains(&frames[0].1, "shop.v1.Desk"));
            assert_eq!(frames[1], (0x80, b"grpc-status: 0\r\n".to_vec()));
        }
    }
}

/// Base64 in which every group of four may be the last of a frame.
fn decode_padded(text: &str) -> Vec<u8> {
    let groups = text.as_bytes().chunks(4);
    groups.flat_map(|group| STANDARD.decode(group).unwrap()).collect()
}

/// A client asks, waits for the answer, and asks again.
#[tokio::test]
async fn a_stream_is_answered_while_it_is_open() {
    let shop = Shop::open().await;
    let list = frame(0, &ListServices { list_services: Some(String::new()) }.encode_to_vec());
    let (mut body, channel) = Channel::<Bytes>::new(2);
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = Request::post(format!("{}{REFLECT}", shop.origin()))
        .header("content-type", "application/grpc")
        .header("grpc-accept-encoding", "gzip");
    let mut response = http.request(request.body(channel).unwrap()).await.unwrap();
    for _ in 0..3 {
        let (one, other) = list.split_at(3);
        body.send_data(Bytes::copy_from_slice(one)).await.unwrap();
        body.send_data(Bytes::copy_from_slice(other)).await.unwrap();
        assert!(contains(&next(&mut response).await, "shop.v1.Desk"));
    }
    drop(body);
    let end = response.into_body().collect().await.unwrap();
    assert_eq!(end.trailers().unwrap()["grpc-status"], "0");
}

#[tokio::test]
async fn an_open_stream_does_not_hold_up_a_shutdown() {
    let shop = Shop::open().await;
    let (body, channel) = Channel::<Bytes>::new(2);
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = Request::post(format!("{}{REFLECT}", shop.origin()))
        .header("content-type", "application/grpc");
    let response = http.request(request.body(channel).unwrap()).await.unwrap();
    shop.engine.shutdown().await.unwrap();
    let end = response.into_body().collect().await.unwrap();
    assert_eq!(end.trailers().unwrap()["grpc-status"], "0");
    drop(body);
}

#[tokio::test]
async fn requests_of_a_stream_that_are_wrong_have_a_code() {
    let shop = Shop::open().await;
    for (headers, body, status) in [
        (&[][..], frame(0, b"\xff"), "3"),
        (&[], b"\0\0\0\0\x05ab".to_vec(), "3"),
        (&[], b"\0\xff\xff\xff\xff".to_vec(), "8"),
        (&[], frame(1, b""), "13"),
        (&[("grpc-encoding", "br")], frame(0, b""), "12"),
    ] {
        let response = shop.grpc(REFLECT, headers, &body).await;
        assert_eq!(response.grpc_status(), status, "{body:?}");
    }
    let response = shop.connect(WATCH, &[], "{}").await;
    assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let response = shop
        .send(
            Version::HTTP_11,
            "GET",
            &format!("{CHECK}?connect=v1&encoding=json&message=%7B%7D"),
            &[],
            b"",
        )
        .await;
    assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
}
