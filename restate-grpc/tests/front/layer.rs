//! The front door in a server of the user's own.

use hyper::{Method, StatusCode};
use restate_grpc::ingress::IngressCalls;
use restate_ingress::IngressClient;
use restate_rpc_tests::{FailRequest, Greeting, Pieces};
use serde_json::json;
use tonic::{Code, Request};

use crate::{
    clients::{ADD, GREET, Tonic, add, connect, greet, id, send, write_whole_body},
    world::{Front, World, contracts, dead},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rpcs_are_answered_and_everything_else_passes_on() {
    let world = World::start().await;
    let front = world.front().await;
    let mut tonic = Tonic::of(&front.origin);

    let greeted = tonic.call::<_, Greeting>(GREET, greet("Pete")).await.unwrap();
    assert!(id(greeted.metadata()).starts_with("inv_1"));
    assert_eq!(greeted.get_ref().text, "Good day, Pete");
    // By the names of the contract, which are not the wire names.
    for expected in [2, 4] {
        let added = tonic.call::<_, Pieces>(ADD, add("tea")).await.unwrap();
        assert_eq!(added.get_ref().pieces, expected);
    }
    let answer = connect(&front.origin, ADD, &[], r#"{"item":"tea","pieces":"1"}"#).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({ "pieces": "5" })));

    let fail = FailRequest { code: 409, message: "100 % no, Zoë".to_owned(), rpc_code: 6 };
    let failed = tonic.call::<_, Greeting>("/shop.v1.Desk/Fail", Request::new(fail)).await;
    let failed = failed.unwrap_err();
    assert_eq!((failed.code(), failed.message()), (Code::AlreadyExists, "100 % no, Zoë"));
    assert!(id(failed.metadata()).starts_with("inv_1"));

    let read =
        "/shop.v1.Desk/Preview?connect=v1&encoding=json&message=%7B%22name%22%3A%22Ann%22%7D";
    let answer = send(Method::GET, format!("{}{read}", front.origin), &[], "").await;
    assert_eq!(answer.json(), json!({ "text": "Good day, Ann" }));

    let own = send(Method::GET, format!("{}/", front.origin), &[], "").await;
    assert_eq!(own.body, "the user's own");
    let unknown = send(Method::POST, format!("{}{GREET}", front.origin), &[], "{}").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "plain HTTP is for the inner service");
    let other = connect(&front.origin, "/other.v1.Desk/Greet", &[], "{}").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "other services are for the inner service");
    assert_eq!(other.body, "", "other services are for the inner service");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_contract_forbids_is_refused_before_the_engine() {
    let world = World::start().await;
    let front = world.front().await;
    let call = async |path: &str, body: &str| {
        let answer = connect(&front.origin, path, &[], body).await.json();
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"))
    };
    let (code, message) = call("/shop.v1.Desk/Hide", "{}").await;
    assert_eq!((&*code, message.contains("is private")), ("permission_denied", true), "{message}");
    let (code, message) = call("/shop.v1.Desk/Nothing", "{}").await;
    assert_eq!((&*code, message.contains("no rpc")), ("unimplemented", true), "{message}");
    let (code, message) = call("/shop.v1.Desk/Greet", r#"{"name":7}"#).await;
    assert_eq!(
        (&*code, message.starts_with("the request is not a `shop.v1.GreetRequest`")),
        ("invalid_argument", true),
        "{message}"
    );
    let (code, message) = call(ADD, r#"{"pieces":"2"}"#).await;
    assert_eq!((&*code, message.contains("`item`")), ("invalid_argument", true), "{message}");
    let (code, message) = call("/shop.v1.Note/Write", "{}").await;
    assert_eq!(
        (&*code, message.contains("x-restate-key")),
        ("invalid_argument", true),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_refused_over_http_1_is_read() {
    let client = IngressClient::new(dead()).unwrap();
    let front = Front::start(IngressCalls::new(client, contracts())).await;
    let origin = front.origin.clone();
    let write = move || write_whole_body(&origin, "/shop.v1.Desk/Hide", 8 << 20).unwrap();
    let response = tokio::task::spawn_blocking(write).await.unwrap();
    assert!(response.contains("is private"), "{response}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_described_and_details_are_messages() {
    let world = World::start().await;
    let front = world.front().await;
    let check = "/grpc.health.v1.Health/Check";
    let healthy = connect(&front.origin, check, &[], r#"{"service":"shop.v1.Desk"}"#).await;
    assert_eq!(healthy.json(), json!({ "status": "SERVING" }));
    let hidden = connect(&front.origin, check, &[], r#"{"service":"shop.v1.Safe"}"#).await;
    assert_eq!(hidden.json()["code"], "not_found");

    let reflect = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let headers = [("content-type", "application/connect+json")];
    let list = r#"{"listServices":""}"#;
    let framed = format!("\0\0\0\0{}{list}", char::from(u8::try_from(list.len()).unwrap()));
    let answer = send(Method::POST, format!("{}{reflect}", front.origin), &headers, &framed).await;
    let text = String::from_utf8_lossy(answer.body.as_ref()).into_owned();
    assert!(text.contains("shop.v1.Stock") && !text.contains("shop.v1.Safe"), "{text}");

    let failed = connect(&front.origin, "/shop.v1.Desk/Fail", &[], r#"{"code":409}"#).await.json();
    assert_eq!(failed["details"][1]["type"], "shop.v1.Full", "{failed}");
}
