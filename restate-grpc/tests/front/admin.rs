//! Cancelling through the admin interface, and servers that ask for tokens and have TLS.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use restate_embedded::{Engine, Tokens};
use restate_rpc_tests::certificate::{Issued, issue};
use serde_json::{Value, json};

use crate::{
    clients::{GREET, connect},
    invocations::ask,
    program::Program,
    world::World,
};

/// Starts an order, which waits for its payment.
async fn order(origin: &str, number: &str) -> Value {
    let request = STANDARD.encode(json!({ "number": number }).to_string());
    let call =
        json!({ "service": "shop.v1.Order", "rpc": "Run", "request": request, "json": true });
    let sent = ask(origin, "Ingress/Send", json!({ "call": call })).await.json();
    sent["invocationId"].clone()
}

/// Cancels an order, whose `run` fails then.
async fn cancel(origin: &str, id: &Value) {
    let cancelled = ask(origin, "Ingress/Cancel", json!({ "invocationId": id })).await;
    assert_eq!(cancelled.json(), json!({}));
    let attached = ask(origin, "Ingress/Attach", json!({ "invocation": { "id": id } })).await;
    assert_eq!(attached.json()["code"], "aborted", "{attached:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_are_cancelled_through_the_admin_interface() {
    let world = World::start().await;
    let admin = format!("http://{}", world.server.admin());
    let program = Program::start(|command| {
        command.args(["--ingress", &world.ingress()]).env("RESTATE_GRPC_ADMIN", admin);
    });
    let id = order(&program.origin, "7").await;
    cancel(&program.origin, &id).await;
    let again = ask(&program.origin, "Ingress/Cancel", json!({ "invocationId": id })).await;
    assert_eq!(again.json()["code"], "aborted", "it has ended: {again:?}");
    let unknown = id.as_str().unwrap().split_at(10).0;
    let refused = ask(&program.origin, "Ingress/Cancel", json!({ "invocationId": unknown })).await;
    assert_eq!(refused.json()["code"], "invalid_argument", "{refused:?}");
}

/// An embedded engine, because a Restate server (1.7.12) asks for no tokens.
async fn guarded(directory: &Path) -> Engine {
    let Issued { server: tls, certificate_pem, .. } = issue();
    fs::write(directory.join("ca"), certificate_pem).unwrap();
    let tokens = |name: &str, token: &str| {
        fs::write(directory.join(name), format!("front change {token}")).unwrap();
        Tokens::file(directory.join(name))
    };
    let engine = restate_rpc_tests::engine().data_dir(directory.join("data"));
    let engine = engine.tls(tls).admin("127.0.0.1:0");
    let engine = engine.ingress_tokens(tokens("ingress", INGRESS));
    engine.admin_tokens(tokens("admin", ADMIN)).start().await.unwrap()
}

const INGRESS: &str = "01234567890123456789012345678901";
const ADMIN: &str = "abcdefghijabcdefghijabcdefghijab";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_has_its_own_authority_and_tokens() {
    let directory = tempfile::tempdir().unwrap();
    let engine = guarded(directory.path()).await;
    let url = |port: u16| format!("https://localhost:{port}");
    let ingress = url(engine.ingress_addr().unwrap().port());
    let admin = url(engine.admin_addr().unwrap().port());
    let token = directory.path().join("token");
    fs::write(&token, format!("{ADMIN}\n")).unwrap();
    let program = Program::start(|command| {
        command.args(["--ingress", &ingress, "--admin", &admin]);
        command.arg("--ca").arg(directory.path().join("ca"));
        command.arg("--admin-token-file").arg(token).env("RESTATE_GRPC_TOKEN", INGRESS);
    });
    let greeted = connect(&program.origin, GREET, &[], r#"{"name":"Ann"}"#).await;
    assert_eq!(greeted.json(), json!({ "text": "Good day, Ann" }));
    let id = order(&program.origin, "7").await;
    cancel(&program.origin, &id).await;

    // Without the admin's own token, and without its authority.
    let program = Program::start(|command| {
        command.args(["--ingress", &ingress, "--admin", &admin]).env("RESTATE_GRPC_TOKEN", INGRESS);
        command.env("RESTATE_GRPC_CA", directory.path().join("ca"));
    });
    let id = order(&program.origin, "8").await;
    let refused = ask(&program.origin, "Ingress/Cancel", json!({ "invocationId": id })).await;
    assert_eq!(refused.json()["code"], "unauthenticated", "{refused:?}");
    let program = Program::start(|command| {
        command.args(["--ingress", &ingress]).env("RESTATE_GRPC_TOKEN", INGRESS);
    });
    let refused = connect(&program.origin, GREET, &[], r#"{"name":"Ann"}"#).await;
    assert_eq!(refused.json()["code"], "unavailable", "{refused:?}");
}
