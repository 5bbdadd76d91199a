//! Fields with `debug_redact` of services in other processes, on the embedded engine.

use std::{path::Path, time::Duration};

use hyper::Method;
use restate_core::{
    HandlerResult, Json, ObjectContext, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{Engine, EngineBuilder};
use restate_endpoint::Endpoint;
use restate_tests::endpoint::RunningEndpoint;
use serde_json::{Value, json};

use crate::{
    clients::send,
    described::{
        descriptor_set,
        secrets::{self, AccountsServer, OpenRequest, OpenResponse},
    },
};

/// Accounts, as somebody has written them with an SDK that knows no contract.
struct Foreign;

impl Service for Foreign {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "secrets.v1.Accounts",
            &[HandlerDescriptor::exclusive::<Json<Value>, Json<Value>>("open")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: ObjectContext<'a>, Json(request): Json<Value>| async move {
            ctx.set("request", Json(request));
            HandlerResult::Ok(Json(json!({ "token": "secret-token" })))
        })
    }
}

/// The same with the contract.
struct Own;

impl secrets::Accounts for Own {
    async fn open(
        &self,
        ctx: ObjectContext<'_>,
        request: OpenRequest,
    ) -> HandlerResult<OpenResponse> {
        ctx.set("request", request);
        Ok(OpenResponse { token: "secret-token".to_owned(), ..OpenResponse::default() })
    }
}

/// Starts an engine on `directory`, and waits until it knows the service.
async fn start(
    directory: &Path,
    endpoint: &RunningEndpoint,
    configure: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> Engine {
    let builder = Engine::builder()
        .deployment(format!("http://{}", endpoint.address()))
        .data_dir(directory)
        .ingress("127.0.0.1:0")
        .admin("127.0.0.1:0");
    let engine = configure(builder).start().await.unwrap();
    while shown(&engine, "/services").await["services"] == json!([]) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    engine
}

/// What the admin interface shows, which has no secrets.
async fn shown(engine: &Engine, path: &str) -> Value {
    let url = format!("http://{}{path}", engine.admin_addr().unwrap());
    let shown = send(Method::GET, url, &[], "").await;
    assert!(shown.status.is_success(), "{path}: {shown:?}");
    let text = String::from_utf8_lossy(&shown.body);
    assert!(!text.contains("secret-"), "{path}: {text}");
    shown.json()
}

/// Opens an account. Returns the path of its journal.
async fn open(engine: &Engine, handler: &str) -> String {
    let path = format!("secrets.v1.Accounts/a-1/{handler}");
    let url = format!("http://{}/{path}", engine.ingress_addr().unwrap());
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let request = r#"{ "account": "a-1", "password": "secret-password" }"#;
    let opened = send(Method::POST, url, &headers, request).await;
    assert_eq!(opened.json()["token"], "secret-token", "{opened:?}");
    format!("/invocations/{}/journal", opened.header("x-restate-id"))
}

const STATE: &str = "/services/secrets.v1.Accounts/state/a-1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_hides_them_and_they_stay_hidden_without_it() {
    let address = ([127, 0, 0, 1], 0).into();
    let endpoint = RunningEndpoint::start(Endpoint::builder().bind(Foreign), address).await;
    let directory = tempfile::tempdir().unwrap();
    let with_contract =
        |builder: EngineBuilder| builder.contracts(&descriptor_set("secrets.proto")).unwrap();
    let engine = start(directory.path(), &endpoint, with_contract).await;
    let path = open(&engine, "open").await;
    let journal = shown(&engine, &path).await;
    let request = json!({ "account": "a-1", "password": "[redacted]" });
    assert_eq!(journal["entries"][0]["value"], request, "{journal}");
    assert_eq!(journal["result"]["value"], json!({ "token": "[redacted]" }), "{journal}");
    shown(&engine, STATE).await;
    engine.shutdown().await.unwrap();

    let engine = start(directory.path(), &endpoint, |builder| builder).await;
    let journal = shown(&engine, &path).await;
    assert_eq!(journal["entries"][0]["value"], "[redacted]", "{journal}");
    shown(&engine, STATE).await;
    engine.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_the_other_program_can_read_is_hidden_as_a_whole() {
    let address = ([127, 0, 0, 1], 0).into();
    let builder = Endpoint::builder().bind(AccountsServer::new(Own));
    let endpoint = RunningEndpoint::start(builder, address).await;
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path(), &endpoint, |builder| builder).await;
    let path = open(&engine, "Open").await;
    let journal = shown(&engine, &path).await;
    assert_eq!(journal["entries"][0]["value"], "[redacted]", "{journal}");
    assert_eq!(journal["result"]["value"], "[redacted]", "{journal}");
    shown(&engine, STATE).await;
    engine.shutdown().await.unwrap();
}
