//! Connect's client for node over its three protocols, and grpc-js.

use std::process::Command;

use serde_json::{Value, json};

use super::program::{self, descriptors, directories, modules};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node.mjs");

const WAY_OUT: &str = "install the clients with `cargo xtask rpc-clients` (needs node and npm), or set \
                       RPC_CLIENTS to a directory that has them in node_modules";

/// Calls over the three protocols of Connect, and with grpc-js.
///
/// # Panics
///
/// If an answer is not that of the services.
pub async fn calls_over_all_protocols(origin: &str) {
    let origin = origin.to_owned();
    let run = move || {
        let descriptors = descriptors();
        let node = &mut Command::new("node");
        node.arg(SCRIPT).arg(origin).arg(descriptors.path()).args(directories());
        node.env("NODE_PATH", modules("RPC_CLIENTS", "rpc-clients"));
        program::run(node, WAY_OUT)
    };
    let printed = tokio::task::spawn_blocking(run).await.unwrap();
    let received: Value = serde_json::from_str(&printed).unwrap();
    let connect = json!({
        "text": "Good day, Pete",
        "preview": "Good day, Ann",
        "long": 3010,
        "pieces": true,
        "hasId": true,
        "failed": ["AlreadyExists", "100 % no, Zoë", ["google.protobuf.StringValue", "shop.v1.Full", "google.rpc.ErrorInfo"]],
        "left": 7,
        "late": "DeadlineExceeded",
    });
    for protocol in ["connectJson", "connectProto", "connectGet", "grpc", "grpcWeb", "grpcWebHttp2"]
    {
        assert_eq!(received[protocol], connect, "{protocol}");
    }
    let grpc_js = json!({
        "text": "Good day, Pete",
        "long": 3010,
        "hasId": true,
        "failed": ["ALREADY_EXISTS", "100 % no, Zoë"],
        "late": "DEADLINE_EXCEEDED",
    });
    assert_eq!(received["grpcJs"], grpc_js);
}
