//! `buf curl`, over its three protocols.

use std::{ffi::OsString, path::Path, process::Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::program;

struct Curl {
    /// Where it finds the contract; without, it asks the server for it.
    module: Option<TempDir>,
    origin: String,
    /// How it connects.
    connection: Vec<OsString>,
}

/// HTTP/2 without TLS.
fn in_plain() -> Vec<OsString> {
    vec!["--http2-prior-knowledge".into()]
}

impl Curl {
    /// The output of a call over this protocol.
    async fn output(&self, protocol: &str, rpc: &str, request: &str, more: &[&str]) -> Output {
        let mut curl = program::buf();
        curl.args(["curl", "--protocol", protocol]).args(&self.connection);
        if let Some(module) = &self.module {
            curl.arg("--schema").arg(module.path());
        }
        curl.args(["--data", request]).args(more);
        curl.arg(format!("{}/{rpc}", self.origin));
        let output = tokio::task::spawn_blocking(move || curl.output()).await.unwrap();
        output.unwrap_or_else(|error| panic!("{error}; {}", program::WITHOUT_BUF))
    }

    async fn call(&self, protocol: &str, rpc: &str, request: &str, more: &[&str]) -> Value {
        let output = self.output(protocol, rpc, request, more).await;
        assert!(output.status.success(), "{protocol}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Calls over all protocols, with the contract at hand.
///
/// # Panics
///
/// If an answer is not that of the services, whose state is as they have started with.
pub async fn calls_over_all_protocols(origin: &str) {
    let (module, origin) = (Some(program::module()), origin.to_owned());
    let curl = Curl { module, origin, connection: in_plain() };
    for (index, protocol) in (1..).zip(["grpc", "grpcweb", "connect"]) {
        let request = r#"{"name":"Pete"}"#;
        let greeted = curl.call(protocol, "shop.v1.Desk/Greet", request, &[]).await;
        assert_eq!(greeted, json!({ "text": "Good day, Pete" }), "{protocol}");
        let request = r#"{"item":"tea","pieces":"2"}"#;
        let added = curl.call(protocol, "shop.v1.Stock/Add", request, &[]).await;
        assert_eq!(added, json!({ "pieces": (2 * index).to_string() }), "{protocol}");

        let key = ["--header", "x-restate-key: a"];
        let written = curl.call(protocol, "shop.v1.Note/Write", r#"{"name":"a"}"#, &key).await;
        assert_eq!(written, if index == 1 { json!({}) } else { json!({ "text": "a" }) });

        let request = r#"{"code":409,"message":"taken, Zoë","rpcCode":6}"#;
        let failed = curl.output(protocol, "shop.v1.Desk/Fail", request, &[]).await;
        assert_eq!(failed.status.code(), Some(48), "8 times the code");
        let error: Value = serde_json::from_slice(&failed.stderr).unwrap();
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("already_exists"), &json!("taken, Zoë"))
        );
        assert_eq!(error["details"][1]["type"], "shop.v1.Full", "{error}");
    }
}

/// Calls over all protocols without the contract, by reflection, and asks for the health.
///
/// # Panics
///
/// If an answer is not that of the services.
pub async fn needs_no_contract(origin: &str) {
    reflect(Curl { module: None, origin: origin.to_owned(), connection: in_plain() }).await;
}

/// The same over TLS, where the server's certificate is of this authority.
///
/// # Panics
///
/// If an answer is not that of the services.
pub async fn needs_no_contract_over_tls(origin: &str, authority: &Path) {
    let connection = vec!["--cacert".into(), authority.into()];
    reflect(Curl { module: None, origin: origin.to_owned(), connection }).await;
}

async fn reflect(curl: Curl) {
    for protocol in ["grpc", "grpcweb", "connect"] {
        for reflection in ["grpc-v1", "grpc-v1alpha"] {
            let more = ["--reflect-protocol", reflection, "--reflect"];
            let greeted = curl.call(protocol, "shop.v1.Desk/Greet", r#"{"name":"Pete"}"#, &more);
            assert_eq!(greeted.await, json!({ "text": "Good day, Pete" }), "{protocol}");
        }
        let hidden = curl.output(protocol, "shop.v1.Safe/Unlock", "{}", &[]).await;
        assert!(!hidden.status.success());
        let checked = curl.call(protocol, "grpc.health.v1.Health/Check", "{}", &[]).await;
        assert_eq!(checked, json!({ "status": "SERVING" }));
    }
    let mut list = program::buf();
    list.arg("curl").args(&curl.connection).args(["--list-methods", &curl.origin]);
    let listed = tokio::task::spawn_blocking(move || list.output()).await.unwrap().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("shop.v1.Stock/Add"), "{listed}");
    assert!(!listed.contains("Hide") && !listed.contains("Safe"), "{listed}");
}
