//! Methods and encodings that clients ask the ingress for.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use restate_core::{HandlerResult, ObjectContext, SharedObjectContext, well_known::StringValue};
use support::{
    World,
    http::{get, request},
};

#[restate_core::object(name = "Label")]
trait Label {
    async fn show(&self, ctx: ObjectContext<'_>) -> HandlerResult<StringValue>;
    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<StringValue>;
    #[no_side_effects]
    async fn look(&self, ctx: ObjectContext<'_>) -> HandlerResult<StringValue>;
    async fn repeat(&self, ctx: ObjectContext<'_>, it: StringValue) -> HandlerResult<StringValue>;
}

struct Labels;

impl Label for Labels {
    async fn show(&self, ctx: ObjectContext<'_>) -> HandlerResult<StringValue> {
        Ok(StringValue { value: ctx.key().to_owned() })
    }

    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<StringValue> {
        Ok(StringValue { value: ctx.key().to_owned() })
    }

    async fn look(&self, ctx: ObjectContext<'_>) -> HandlerResult<StringValue> {
        Ok(StringValue { value: ctx.key().to_owned() })
    }

    async fn repeat(&self, _: ObjectContext<'_>, it: StringValue) -> HandlerResult<StringValue> {
        Ok(it)
    }
}

#[tokio::test]
async fn get_calls_only_handlers_that_change_nothing() {
    let engine = World::default().engine().bind(LabelServer::new(Labels));
    let engine = engine.in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    for path in [
        "/Worker/nothing",
        "/Worker/nothing/send",
        "/Counter/k/add",
        "/Label/k/show",
        "/Label/k/read/send",
        "/Label/k/look/send",
        "/Signup/k/status",
        "/Signup/k/confirm",
        "/Signup/k/run",
    ] {
        let response = get(address, path).await;
        assert_eq!((response.status, response.header("allow")), (405, Some("POST")), "{path}");
    }
    for path in ["/Label/k/read", "/Label/k/look", "/Counter/k/get"] {
        assert_eq!(get(address, path).await.status, 200, "{path}");
    }
    assert_eq!(
        request(address, "PUT /Label/k/read", &[], b"").await.header("allow"),
        Some("POST, GET")
    );
}

#[tokio::test]
async fn accept_decides_the_encoding_of_messages() {
    let engine = World::default().engine().bind(LabelServer::new(Labels));
    let engine = engine.in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    let (json, proto) = (("application/json", "\"k\""), ("application/proto", "\n\u{1}k"));
    for (line, accept, (content_type, body)) in [
        ("GET /Label/k/read", None, json),
        ("GET /Label/k/read", Some("*/*"), json),
        ("GET /Label/k/read", Some("text/html, */*;q=0.8"), json),
        ("GET /Label/k/read", Some("application/proto;q=0.5, application/json"), json),
        ("GET /Label/k/read", Some("application/proto;q=0, */*"), json),
        ("GET /Label/k/read", Some("Application/Proto"), proto),
        ("GET /Label/k/read", Some("application/x-protobuf, */*"), proto),
        ("POST /Label/k/read", None, proto),
        ("POST /Label/k/show", Some("*/*"), proto),
        ("POST /Label/k/show", Some("application/json"), json),
        ("POST /Label/k/show", Some("application/json;q=0, */*"), proto),
        ("POST /Label/k/show", Some("application/proto;q=0, */*"), json),
    ] {
        let accepts = accept.map(|accept| ("accept", accept));
        let response = request(address, line, accepts.as_slice(), b"").await;
        assert_eq!((response.status, response.text()), (200, body), "{line} {accept:?}");
        assert_eq!(response.header("content-type"), Some(content_type), "{line} {accept:?}");
    }
    let sent = ("content-type", "application/json");
    for (accept, (content_type, body)) in [
        ("*/*", json),
        ("application/proto, application/json;q=0.5", proto),
        ("application/json, application/proto;q=0.5", json),
    ] {
        let headers = [sent, ("accept", accept)];
        let response = request(address, "POST /Label/k/repeat", &headers, b"\"k\"").await;
        assert_eq!((response.status, response.text()), (200, body), "{accept}");
        assert_eq!(response.header("content-type"), Some(content_type), "{accept}");
    }
    assert_eq!(get(address, "/Counter/k/get").await.text(), "0");
}

#[tokio::test]
async fn results_that_are_asked_for_later_have_the_encoding_that_is_asked_for() {
    let engine = World::default().engine().bind(LabelServer::new(Labels));
    let engine = engine.in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    let (json, proto) = (("application/json", "\"k\""), ("application/proto", "\n\u{1}k"));
    for (kind, body) in [json, proto] {
        let headers = [("content-type", kind), ("idempotency-key", kind)];
        let line = "POST /Label/k/repeat/send";
        let sent = request(address, line, &headers, body.as_bytes()).await.json();
        let id = sent["invocationId"].as_str().unwrap();
        let key = kind.replace('/', "%2F");
        for path in [
            format!("/restate/attach/{id}"),
            format!("/restate/invocation/{id}/output"),
            format!("/restate/invocation/Label/k/repeat/{key}/attach"),
            format!("/restate/invocation/Label/k/repeat/{key}/output"),
        ] {
            for (accept, (content_type, body)) in
                [("*/*", json), ("application/proto", proto), ("application/json", json)]
            {
                let accepts = [("accept", accept)];
                let response = request(address, &format!("GET {path}"), &accepts, b"").await;
                assert_eq!((response.status, response.text()), (200, body), "{path} {accept}");
                assert_eq!(response.header("content-type"), Some(content_type), "{path} {accept}");
            }
        }
    }
}

#[tokio::test]
async fn an_empty_body_is_an_empty_message() {
    let engine = World::default().engine().bind(LabelServer::new(Labels));
    let engine = engine.in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    for (kind, body) in [
        (None, ""),
        (Some("application/proto"), ""),
        (Some("application/json"), "\"\""),
        (Some("application/json; charset=utf-8"), "\"\""),
    ] {
        let headers = kind.map(|kind| ("content-type", kind));
        let line = "POST /Label/k/repeat";
        let response = request(address, line, headers.as_slice(), b"").await;
        assert_eq!((response.status, response.text()), (200, body), "{kind:?}");
    }
}
