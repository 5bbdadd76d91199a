//! `restate.v1`: calls by name, invocations and awakeables.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::StatusCode;
use restate_core::{Context, HandlerResult, handlers};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    connect::assert_code,
    http::{Received, Shop, frame},
};

const INVOKE: &str = "/restate.v1.Ingress/Invoke";
const SEND: &str = "/restate.v1.Ingress/Send";
const ATTACH: &str = "/restate.v1.Ingress/Attach";
const OUTPUT: &str = "/restate.v1.Ingress/GetOutput";
const CANCEL: &str = "/restate.v1.Ingress/Cancel";
const RESOLVE: &str = "/restate.v1.Awakeables/Resolve";
const REJECT: &str = "/restate.v1.Awakeables/Reject";

async fn ask(shop: &Shop, path: &str, body: Value) -> Received {
    shop.connect(path, &[], &body.to_string()).await
}

/// The response in an answer, which is JSON.
fn response(answer: &Received) -> Value {
    let answer = answer.json();
    let bytes = STANDARD.decode(answer["response"].as_str().unwrap_or_else(|| panic!("{answer}")));
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

fn call(rpc: &str, request: &str) -> Value {
    let request = STANDARD.encode(request);
    json!({ "service": "shop.v1.Desk", "rpc": rpc, "request": request, "json": true })
}

async fn send(shop: &Shop, call: Value) -> String {
    let sent = ask(shop, SEND, json!({ "call": call })).await;
    let id = sent.json()["invocationId"].as_str().unwrap_or_else(|| panic!("{sent:?}")).to_owned();
    assert_eq!(sent.header("x-restate-id"), Some(&*id));
    id
}

#[tokio::test]
async fn an_rpc_is_called_by_its_name() {
    let shop = Shop::open().await;
    let called = ask(&shop, INVOKE, json!({ "call": call("Greet", r#"{"name":"Pete"}"#) })).await;
    assert_eq!(response(&called), json!({ "text": "Good day, Pete" }));
    assert!(called.header("x-restate-id").is_some());

    // With the key in the call, and the request as binary, over gRPC: a call of four fields.
    let field =
        |tag: u8, bytes: &[u8]| [&[tag, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let parts = [field(10, b"shop.v1.Note"), field(18, b"Write"), field(26, b"memo")];
    let write = field(10, &[parts.concat(), field(34, &field(10, b"milk"))].concat());
    for before in ["", "milk"] {
        let wrote = shop.grpc(INVOKE, &[], &frame(0, &write)).await;
        let text = if before.is_empty() { Vec::new() } else { field(10, before.as_bytes()) };
        let expected = if text.is_empty() { Vec::new() } else { field(10, &text) };
        assert_eq!((wrote.grpc_status(), &*wrote.body), ("0", &*frame(0, &expected)));
    }

    let failing = r#"{"code":409,"message":"sold out"}"#;
    let failed = ask(&shop, INVOKE, json!({ "call": call("Fail", failing) })).await;
    assert_code(&failed, StatusCode::CONFLICT, "aborted");
    assert_eq!(failed.json()["message"], "sold out");
    assert!(failed.header("x-restate-id").is_some());
}

#[tokio::test]
async fn what_is_private_or_not_there_is_not_called() {
    let shop = Shop::open().await;
    let safe = json!({ "service": "shop.v1.Safe", "rpc": "Unlock" });
    let hidden = [call("Hide", "{}"), call("hidden", "{}"), safe];
    for (path, call) in hidden.iter().flat_map(|call| [(INVOKE, call), (SEND, call)]) {
        let refused = ask(&shop, path, json!({ "call": call })).await;
        assert_code(&refused, StatusCode::FORBIDDEN, "permission_denied");
        assert!(refused.header("x-restate-id").is_none(), "{refused:?}");
    }
    let named = json!({ "service": "shop.v1.Desk", "rpc": "Hide", "idempotencyKey": "k" });
    let refused = ask(&shop, ATTACH, json!({ "invocation": { "call": named } })).await;
    assert_code(&refused, StatusCode::FORBIDDEN, "permission_denied");
    let unknown = ask(&shop, INVOKE, json!({ "call": call("Sing", "{}") })).await;
    assert_code(&unknown, StatusCode::NOT_FOUND, "not_found");
    for (path, body) in [
        (INVOKE, json!({})),
        (INVOKE, json!({ "call": call("Greet", "no JSON") })),
        (SEND, json!({ "call": call("Greet", "{}"), "delay": "soon" })),
        (ATTACH, json!({})),
        (ATTACH, json!({ "invocation": { "id": "inv_x" } })),
        (
            ATTACH,
            json!({ "invocation": { "call": { "service": "shop.v1.Desk", "rpc": "Greet" } } }),
        ),
        (OUTPUT, json!({ "invocation": { "id": "" } })),
        (CANCEL, json!({ "invocationId": "sign_1" })),
        (RESOLVE, json!({ "id": "inv_1" })),
        (REJECT, json!({})),
    ] {
        let refused = ask(&shop, path, body.clone()).await;
        assert_code(&refused, StatusCode::BAD_REQUEST, "invalid_argument");
    }
}

#[tokio::test]
async fn a_result_is_asked_for_by_id_and_by_idempotency_key() {
    let shop = Shop::open().await;
    let mut waiting = call("Wait", r#"{"name":"Pete"}"#);
    waiting["idempotencyKey"] = "order-7".into();
    let id = send(&shop, waiting.clone()).await;
    assert_eq!(send(&shop, waiting).await, id);
    let key = json!({ "service": "shop.v1.Desk", "rpc": "Wait", "idempotencyKey": "order-7" });
    let names = [json!({ "id": id }), json!({ "call": key })];
    for name in &names {
        let output = ask(&shop, OUTPUT, json!({ "invocation": name })).await;
        assert_code(&output, StatusCode::BAD_REQUEST, "failed_precondition");
    }
    let by_id = json!({ "invocation": { "id": id }, "json": true }).to_string();
    let left = shop.connect(ATTACH, &[("connect-timeout-ms", "100")], &by_id).await;
    assert_code(&left, StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded");
    assert_eq!(left.header("x-restate-id"), Some(&*id));

    let (attached, _) = tokio::join!(
        shop.connect(ATTACH, &[], &by_id),
        ask(&shop, INVOKE, json!({ "call": call("Open", "{}") }))
    );
    assert_eq!(response(&attached), json!({ "text": "Good day, Pete" }));
    for (path, name) in names.iter().flat_map(|name| [(ATTACH, name), (OUTPUT, name)]) {
        let answer = ask(&shop, path, json!({ "invocation": name, "json": true })).await;
        assert_eq!(response(&answer), json!({ "text": "Good day, Pete" }));
        assert_eq!(answer.header("x-restate-id"), Some(&*id));
        // The message of the contract, although the request was JSON.
        let answer = ask(&shop, path, json!({ "invocation": name })).await.json();
        assert_eq!(answer["response"], STANDARD.encode("\x0a\x0eGood day, Pete"));
    }
}

#[tokio::test]
async fn an_invocation_is_cancelled() {
    let (shop, mut asks) = with_asker().await;
    let id = send(&shop, asker()).await;
    asks.recv().await.unwrap();
    let cancelled = ask(&shop, CANCEL, json!({ "invocationId": id })).await;
    assert_eq!((cancelled.status, cancelled.json()), (StatusCode::OK, json!({})));
    let ended = ask(&shop, ATTACH, json!({ "invocation": { "id": id } })).await;
    assert_code(&ended, StatusCode::CONFLICT, "aborted");
    assert_eq!(ended.header("x-restate-id"), Some(&*id));

    // An id that is well formed, of an engine that knows no such invocation.
    let other = Shop::open().await;
    for (path, body) in [
        (CANCEL, json!({ "invocationId": id })),
        (ATTACH, json!({ "invocation": { "id": id } })),
        (OUTPUT, json!({ "invocation": { "id": id } })),
    ] {
        assert_code(&ask(&other, path, body).await, StatusCode::NOT_FOUND, "not_found");
    }
}

/// Asks a person.
#[restate_core::service]
trait Asker {
    /// Answers what the person has answered.
    async fn ask(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

struct Clipboard(mpsc::UnboundedSender<String>);

#[handlers]
impl Asker for Clipboard {
    async fn ask(&self, ctx: Context<'_>) -> HandlerResult<String> {
        let awakeable = ctx.awakeable::<String>();
        self.0.send(awakeable.id().to_string())?;
        Ok(awakeable.await?)
    }
}

async fn with_asker() -> (Shop, mpsc::UnboundedReceiver<String>) {
    let (asked, asks) = mpsc::unbounded_channel();
    let builder = restate_rpc_tests::engine().bind(AskerServer::new(Clipboard(asked)));
    (Shop::with(builder).await, asks)
}

fn asker() -> Value {
    json!({ "service": "Asker", "rpc": "ask", "json": true })
}

#[tokio::test]
async fn an_awakeable_is_resolved_and_rejected() {
    let (shop, mut asks) = with_asker().await;

    let id = send(&shop, asker()).await;
    let awakeable = asks.recv().await.unwrap();
    let value = STANDARD.encode(r#""yes""#);
    let resolved = ask(&shop, RESOLVE, json!({ "id": awakeable, "value": value })).await;
    assert_eq!((resolved.status, resolved.json()), (StatusCode::OK, json!({})));
    let body = json!({ "invocation": { "id": id }, "json": true });
    assert_eq!(response(&ask(&shop, ATTACH, body).await), "yes");

    let id = send(&shop, asker()).await;
    let awakeable = asks.recv().await.unwrap();
    let rejected = ask(&shop, REJECT, json!({ "id": awakeable, "reason": "asleep" })).await;
    assert_eq!(rejected.status, StatusCode::OK);
    let failed = ask(&shop, ATTACH, json!({ "invocation": { "id": id } })).await;
    assert_code(&failed, StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(failed.json()["message"], "asleep");
}
