//! Services in other processes on the embedded engine, which has only the files of their contract.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use hyper::Method;
use restate_core::{
    Context, HandlerResult, Json, ObjectContext, Proto, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::Engine;
use restate_endpoint::{Endpoint, EndpointBuilder};
use restate_rpc_tests::{
    Greeting, Pieces,
    clients::{buf, grpcio, node},
};
use restate_tests::endpoint::RunningEndpoint;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::Code;

use crate::{
    clients::{ADD, GREET, Received, Tonic, add, connect, greet, id, send, with},
    world::{descriptor_set, endpoint},
};

/// An engine, and a deployment with services of the contract.
struct Remote {
    origin: String,
    admin: SocketAddr,
    _engine: Engine,
    _endpoint: RunningEndpoint,
    _directory: TempDir,
}

impl Remote {
    async fn start(endpoint: RunningEndpoint) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = Engine::builder()
            .deployment(format!("http://{}", endpoint.address()))
            .contracts(&descriptor_set())
            .unwrap()
            .data_dir(directory.path())
            .ingress("127.0.0.1:0")
            .admin("127.0.0.1:0")
            .start()
            .await
            .unwrap();
        let origin = format!("http://{}", engine.ingress_addr().unwrap());
        let admin = engine.admin_addr().unwrap();
        let remote =
            Self { origin, admin, _engine: engine, _endpoint: endpoint, _directory: directory };
        // The start of an engine does not wait long for a deployment.
        while remote.shown("/services").await["services"] == json!([]) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        remote
    }

    /// With services of this library.
    async fn own() -> Self {
        Self::start(endpoint().await).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Received {
        send(Method::POST, format!("{}{path}", self.origin), headers, body).await
    }

    async fn shown(&self, path: &str) -> Value {
        let shown = send(Method::GET, format!("http://{}{path}", self.admin), &[], "").await;
        assert!(shown.status.is_success(), "{path}: {shown:?}");
        shown.json()
    }

    async fn journal(&self, invocation: &str) -> Value {
        self.shown(&format!("/invocations/{invocation}/journal")).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buf_curl_calls_over_all_protocols() {
    buf::calls_over_all_protocols(&Remote::own().await.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buf_curl_needs_no_contract() {
    buf::needs_no_contract(&Remote::own().await.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpcio_calls_over_grpc() {
    grpcio::calls(&Remote::own().await.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_calls_over_all_protocols() {
    node::calls_over_all_protocols(&Remote::own().await.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_described_as_if_they_were_in_this_process() {
    let directory = tempfile::tempdir().unwrap();
    let local = restate_rpc_tests::engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let local = local.start().await.unwrap();
    let of_local = |path: &str| format!("http://{}{path}", local.admin_addr().unwrap());
    let remote = Remote::own().await;
    for service in ["shop.v1.Desk", "Stock", "Order"] {
        let path = format!("/services/{service}/openapi");
        let expected = send(Method::GET, of_local(&path), &[], "").await.json();
        assert_eq!(remote.shown(&path).await, expected, "{service}");
    }
}

/// The shop, as somebody has written it with an SDK that knows no contract.
struct Foreign;

impl Foreign {
    const fn desk() -> ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::plain::<Json<Value>, Json<Value>>("greet"),
            // It has no request in the contract that this could be.
            HandlerDescriptor::plain::<Json<Value>, Json<Value>>("unknown"),
        ];
        ServiceDescriptor::service("shop.v1.Desk", HANDLERS)
    }
}

impl Service for Foreign {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = Foreign::desk();
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|_: Context<'a>, Json(request): Json<Value>| async move {
            let name = request["name"].as_str().unwrap_or("nobody").to_owned();
            HandlerResult::Ok(Json(match &*name {
                "Wrong" => json!({ "text": 7 }),
                // What a handler in another language returns may have more than the contract.
                _ => json!({ "text": format!("Guten Tag, {name}"), "more": true }),
            }))
        })
    }
}

/// The same for a handler that takes and returns binary messages.
struct Binary;

impl Service for Binary {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "Stock",
            &[HandlerDescriptor::exclusive::<Proto<restate_rpc_tests::AddRequest>, Proto<Pieces>>(
                "add",
            )],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(
            |ctx: ObjectContext<'a>, Proto(request): Proto<restate_rpc_tests::AddRequest>| async move {
                assert_eq!((request.item.as_str(), ctx.key()), ("tea", "tea"));
                let pieces = ctx.get::<i64>("pieces").await?.unwrap_or_default() + request.pieces;
                ctx.set("pieces", pieces);
                HandlerResult::Ok(Proto(Pieces { pieces }))
            },
        )
    }
}

async fn foreign() -> Remote {
    let endpoint: EndpointBuilder = Endpoint::builder().bind(Foreign).bind(Binary);
    Remote::start(RunningEndpoint::start(endpoint, ([127, 0, 0, 1], 0).into()).await).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// The journal of the invocation is kept.
const KEPT: [(&str, &str); 1] = [("idempotency-key", "k")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_takes_json_is_called_with_binary_messages() {
    let remote = foreign().await;
    let mut tonic = Tonic::of(&remote.origin);
    let request = with(greet("Zoë"), &KEPT);
    let greeted = tonic.call::<_, Greeting>(GREET, request).await.unwrap();
    assert_eq!(greeted.get_ref().text, "Guten Tag, Zoë");
    let journal = remote.journal(&id(greeted.metadata())).await;
    assert_eq!(journal["entries"][0]["value"], json!({ "name": "Zoë" }), "{journal}");
    let connected = connect(&remote.origin, GREET, &[], r#"{"name":"Ann"}"#).await;
    assert_eq!(connected.json()["text"], "Guten Tag, Ann");
    // Nothing is an empty message, and no JSON is empty.
    let greeted = tonic.call::<_, Greeting>(GREET, greet("")).await.unwrap();
    assert_eq!(greeted.get_ref().text, "Guten Tag, nobody");
    // Over plain HTTP, too.
    let binary = [("content-type", "application/proto"), ("accept", "application/json")];
    let greeted = remote.post("/shop.v1.Desk/greet", &binary, "\x0a\x03Ann").await;
    assert_eq!(greeted.json()["text"], "Guten Tag, Ann", "{greeted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_takes_binary_messages_is_called_with_json() {
    let remote = foreign().await;
    let request = r#"{"item":"tea","pieces":"2"}"#;
    let added = remote.post("/Stock/tea/add", &[JSON], request).await;
    assert_eq!((added.header("content-type"), added.json()), (JSON.1, json!({ "pieces": "2" })));
    let added = connect(&remote.origin, ADD, &[], request).await;
    assert_eq!(added.json(), json!({ "pieces": "4" }));
    let request = with(add("tea"), &KEPT);
    let added = Tonic::of(&remote.origin).call::<_, Pieces>(ADD, request).await.unwrap();
    assert_eq!(added.get_ref().pieces, 6);
    let journal = remote.journal(&id(added.metadata())).await;
    assert_eq!(journal["entries"][0]["value"], json!({ "item": "tea", "pieces": "2" }));
    assert_eq!(journal["result"]["value"], json!({ "pieces": "6" }), "{journal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_of_the_contract_is_refused() {
    let remote = foreign().await;
    // Before it is stored.
    for (headers, body, status) in [
        (&[JSON][..], r#"{"name":7}"#, 400),
        (&[JSON], "{", 400),
        (&[("content-type", "text/plain")], "hi", 415),
    ] {
        let refused = remote.post("/shop.v1.Desk/greet", headers, body).await;
        assert_eq!(refused.status, status, "{refused:?}");
        assert!(!refused.headers.contains_key("x-restate-id"), "{refused:?}");
    }
    let mut tonic = Tonic::of(&remote.origin);
    let refused = tonic.call::<_, Greeting>("/shop.v1.Desk/Wait", greet("Ann")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented, "the deployment has no such handler");
    let failed = tonic.call::<_, Greeting>(GREET, greet("Wrong")).await.unwrap_err();
    assert_eq!(failed.code(), Code::Internal);
    assert!(failed.message().contains("Greeting"), "{failed:?}");
    // A handler without a contract takes what it takes.
    let called = remote.post("/shop.v1.Desk/unknown", &[JSON], r#"["any"]"#).await;
    assert!(called.status.is_success(), "{called:?}");
}

#[tokio::test]
async fn a_set_that_cannot_be_used_is_refused() {
    let builder = Engine::builder().contracts(b"no descriptors");
    let error = builder.unwrap_err().to_string();
    assert!(error.contains("buf build"), "{error}");
    let set = descriptor_set();
    let builder = Engine::builder().contracts(&set).unwrap().contracts(&Bytes::from(set));
    let error = builder.unwrap_err().to_string();
    assert!(error.starts_with("two descriptor sets have the service `"), "{error}");
}
