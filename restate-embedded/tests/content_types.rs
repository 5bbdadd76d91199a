//! The content types of results, and messages whose bytes could be read in two ways.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use restate_core::{
    Call, Channel, Context, Encoding, HandlerResult, Payload, Service, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
    well_known::{Empty, Int64Value, StringValue, Timestamp, Value},
};
use restate_embedded::{Engine, InvocationHandle, testing::TestEngine};
use support::http::{self, Response};

/// Handlers that return their request, and one that waits for an awakeable.
#[derive(Clone, Default)]
struct Plain {
    awakeables: Arc<Mutex<Vec<String>>>,
}

impl Service for Plain {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::plain::<String, String>("text"),
            HandlerDescriptor::plain::<u64, u64>("number"),
            HandlerDescriptor::plain::<Bytes, Bytes>("bytes"),
            HandlerDescriptor::plain::<(), ()>("nothing"),
            HandlerDescriptor::plain::<Empty, Empty>("empty"),
            HandlerDescriptor::plain::<StringValue, StringValue>("string"),
            HandlerDescriptor::plain::<Int64Value, Int64Value>("int"),
            HandlerDescriptor::plain::<Timestamp, Timestamp>("time"),
            HandlerDescriptor::plain::<Value, Value>("value"),
            HandlerDescriptor::plain::<StringValue, StringValue>("relay"),
            HandlerDescriptor::plain::<StringValue, StringValue>("relay_json"),
            HandlerDescriptor::plain::<StringValue, StringValue>("keep"),
            HandlerDescriptor::plain::<(), StringValue>("wait"),
        ];
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("Plain", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "text" => request.handle(echo::<String>),
            "number" => request.handle(echo::<u64>),
            "bytes" => request.handle(echo::<Bytes>),
            "nothing" => request.handle(echo::<()>),
            "empty" => request.handle(echo::<Empty>),
            "string" => request.handle(echo::<StringValue>),
            "int" => request.handle(echo::<Int64Value>),
            "time" => request.handle(echo::<Timestamp>),
            "value" => request.handle(echo::<Value>),
            "relay" => request.handle(relay),
            "relay_json" => request.handle(relay_json),
            "keep" => request.handle(keep),
            "wait" => request.handle(move |ctx, ()| self.wait(ctx)),
            other => request.unknown_handler(other),
        }
    }
}

async fn echo<T: Payload>(_: Context<'_>, request: T) -> HandlerResult<T> {
    Ok(request)
}

fn string<C: Channel>(channel: &C, handler: &'static str, text: &str) -> StringCall<C> {
    let request = StringValue { value: text.to_owned() };
    Call::new(channel, Target::service("Plain", handler), request)
}

type StringCall<C> = Call<C, StringValue, StringValue>;

/// Calls, sends and attaches.
async fn relay(ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    let called = string(&ctx, "string", &text.value).await?;
    let sent = string(&ctx, "string", &called.value).one_way().await?;
    Ok(sent.attach().await?)
}

async fn relay_json(ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    let called = string(&ctx, "string", &text.value).json().await?;
    let sent = string(&ctx, "string", &called.value).json().one_way().await?;
    Ok(sent.attach().await?)
}

/// Through a `run` step, an awakeable and a signal.
async fn keep(ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
    let text = ctx.run(|| async { Ok(text) }).await?;
    let awakeable = ctx.awakeable::<StringValue>();
    ctx.resolve_awakeable(awakeable.id(), text);
    Ok(awakeable.await?)
}

impl Plain {
    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<StringValue> {
        let awakeable = ctx.awakeable::<StringValue>();
        self.awakeables.lock().unwrap().push(awakeable.id().to_owned());
        Ok(awakeable.await?)
    }

    /// The id that a handler has handed out.
    async fn awakeable(&self) -> String {
        loop {
            if let Some(id) = self.awakeables.lock().unwrap().pop() {
                return id;
            }
            tokio::task::yield_now().await;
        }
    }
}

async fn engine() -> (Engine, SocketAddr) {
    engine_with(Plain::default()).await
}

async fn engine_with(plain: Plain) -> (Engine, SocketAddr) {
    let engine =
        Engine::builder().bind(plain).in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    (engine, address)
}

async fn ask(address: SocketAddr, line: &str, content_type: &str, body: &[u8]) -> Response {
    let headers = [("content-type", content_type)];
    let headers = if content_type.is_empty() { &headers[..0] } else { &headers[..] };
    http::request(address, line, headers, body).await
}

fn binary(text: &str) -> Bytes {
    StringValue { value: text.to_owned() }.encode(Encoding::Proto).unwrap()
}

/// A text whose binary message is JSON as well: a line feed, and a text in quotes.
fn two_faced() -> String {
    let text = format!("{}\"", "x".repeat(33));
    assert!(serde_json::from_slice::<serde_json::Value>(&binary(&text)).is_ok());
    text
}

const JSON: &str = "application/json";
const PROTO: &str = "application/proto";
const RAW: &str = "application/octet-stream";

#[tokio::test]
async fn calls_and_results_are_labelled_with_what_they_are() {
    let (engine, address) = engine().await;
    let int = Int64Value { value: 7 }.encode(Encoding::Proto).unwrap();
    let cases: [(&str, &str, &[u8], Option<&str>); 12] = [
        ("text", JSON, b"\"x\"", Some(JSON)),
        ("number", JSON, b"7", Some(JSON)),
        ("bytes", "image/png", b"\"x\"", Some(RAW)),
        ("bytes", "", b"{}", Some(RAW)),
        ("nothing", "", b"", None),
        ("string", JSON, b"\"abc\"", Some(JSON)),
        ("time", JSON, b"\"2026-11-28T11:00:00Z\"", Some(JSON)),
        ("value", JSON, b"[true,null]", Some(JSON)),
        ("value", JSON, b"null", Some(JSON)),
        ("int", PROTO, &int, Some(PROTO)),
        ("string", PROTO, &binary("hi"), Some(PROTO)),
        ("string", PROTO, &binary(&two_faced()), Some(PROTO)),
    ];
    for (handler, content_type, body, labelled) in cases {
        let called = ask(address, &format!("POST /Plain/{handler}"), content_type, body).await;
        assert_eq!((called.status, called.header("content-type")), (200, labelled), "{handler}");
        assert_eq!(called.body, body, "{handler}");
        let send = format!("POST /Plain/{handler}/send");
        let sent = ask(address, &send, content_type, body).await;
        let id = sent.json()["invocationId"].as_str().unwrap().to_owned();
        for what in ["attach", "output"] {
            let line = format!("GET /restate/invocation/{id}/{what}");
            let result = http::request(address, &line, &[("accept", content_type)], b"").await;
            let found = (result.status, result.header("content-type"));
            assert_eq!(found, (200, labelled), "{handler} {what}");
            assert_eq!(result.body, body, "{handler} {what}");
        }
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_client_that_asks_for_json_gets_json() {
    let (engine, address) = engine().await;
    let send = "POST /Plain/string/send";
    let sent = ask(address, send, PROTO, &binary(&two_faced())).await;
    let id = sent.json()["invocationId"].as_str().unwrap().to_owned();
    let path = format!("GET /restate/invocation/{id}/attach");
    let result = http::request(address, &path, &[("accept", JSON)], b"").await;
    assert_eq!(result.header("content-type"), Some(JSON));
    assert_eq!(result.json(), two_faced());

    // The key names the call of a client that has sent the other encoding.
    let headers = |content_type| [("content-type", content_type), ("idempotency-key", "k")];
    let line = "POST /Plain/string";
    let first = http::request(address, line, &headers(PROTO), &binary("hi")).await;
    assert_eq!((first.header("content-type"), &*first.body), (Some(PROTO), &*binary("hi")));
    let second = http::request(address, line, &headers(JSON), b"\"hi\"").await;
    assert_eq!((second.header("content-type"), &*second.body), (Some(JSON), &b"\"hi\""[..]));
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn content_types_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let builder = || {
        Engine::builder().bind(Plain::default()).data_dir(directory.path()).ingress("127.0.0.1:0")
    };
    let engine = builder().start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    let mut ids = Vec::new();
    for (content_type, body) in [(PROTO, binary(&two_faced())), (JSON, Bytes::from("\"x\""))] {
        let sent = ask(address, "POST /Plain/string/send", content_type, &body).await;
        let id = sent.json()["invocationId"].as_str().unwrap().to_owned();
        http::get(address, &format!("/restate/invocation/{id}/attach")).await;
        ids.push((id, content_type, body));
    }
    engine.shutdown().await.unwrap();
    let engine = builder().start().await.unwrap();
    for (id, content_type, body) in ids {
        let (ingress, accept) = (engine.ingress_addr().unwrap(), [("accept", content_type)]);
        let line = format!("GET /restate/invocation/{id}/output");
        let result = http::request(ingress, &line, &accept, b"").await;
        assert_eq!(result.header("content-type"), Some(content_type));
        assert_eq!(result.body, body);
    }
}

#[tokio::test]
async fn json_may_begin_with_white_space_or_a_byte_order_mark() {
    let (engine, address) = engine().await;
    for text in [" \"x\"", "\n\"x\"", "\u{feff}\"x\""] {
        for content_type in [JSON, ""] {
            let called = ask(address, "POST /Plain/string", content_type, text.as_bytes()).await;
            assert_eq!((called.status, called.text()), (200, "\"x\""), "{content_type} {text:?}");
        }
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn awakeables_take_json_in_any_form_and_binary() {
    let plain = Plain::default();
    let (engine, address) = engine_with(plain.clone()).await;
    let binary = binary("x");
    let bodies = [&b"\"x\""[..], b" \"x\"", b"\n\"x\"", "\u{feff}\"x\"".as_bytes(), &binary];
    for content_type in ["", JSON, PROTO] {
        for body in bodies {
            if (content_type == JSON) == (body == &*binary) && !content_type.is_empty() {
                continue;
            }
            let called: InvocationHandle = Call::<_, (), StringValue>::new(
                &engine.client(),
                Target::service("Plain", "wait"),
                (),
            )
            .one_way()
            .await
            .unwrap();
            let awakeable = plain.awakeable().await;
            let path = format!("POST /restate/awakeables/{awakeable}/resolve");
            let resolved = ask(address, &path, content_type, body).await;
            assert_eq!(resolved.status, 202, "{}", resolved.text());
            let value: StringValue = called.attach().await.unwrap();
            assert_eq!(value.value, "x", "{content_type} {body:?}");
        }
    }
    let waiting =
        Call::<_, (), StringValue>::new(&engine.client(), Target::service("Plain", "wait"), ())
            .call();
    let path = format!("POST /restate/awakeables/{}/resolve", plain.awakeable().await);
    let refused = ask(address, &path, JSON, b"{x").await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let resolved = ask(address, &path, JSON, b"\"y\"").await;
    assert_eq!((resolved.status, waiting.await.unwrap().value.as_str()), (202, "y"));
    engine.shutdown().await.unwrap();
}

async fn every_way_keeps(channel: &(impl Channel<Error: std::fmt::Debug> + Sync)) {
    for text in ["hi".to_owned(), two_faced(), String::new(), "{}".to_owned()] {
        for handler in ["string", "relay", "relay_json", "keep"] {
            let binary = string(channel, handler, &text).await.unwrap();
            assert_eq!(binary.value, text, "{handler}");
            let json = string(channel, handler, &text).json().await.unwrap();
            assert_eq!(json.value, text, "{handler} as JSON");
        }
    }
    // Binary that looks like JSON of another type.
    for value in [-1234, 0, i64::MAX] {
        let target = || Target::service("Plain", "int");
        let request = Int64Value { value };
        let call = Call::<_, Int64Value, Int64Value>::new(channel, target(), request);
        assert_eq!(call.await.unwrap().value, value);
        let call = Call::<_, Int64Value, Int64Value>::new(channel, target(), request);
        assert_eq!(call.json().await.unwrap().value, value);
    }
}

#[tokio::test]
async fn messages_of_two_faces_are_read_as_they_were_written() {
    let (engine, _) = engine().await;
    every_way_keeps(&engine.client()).await;
    engine.shutdown().await.unwrap();
    let test = TestEngine::builder().bind(Plain::default()).start().await;
    every_way_keeps(&test.client()).await;
}
