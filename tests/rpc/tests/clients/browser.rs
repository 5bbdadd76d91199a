//! Connect's client for browsers, in a headless Chromium.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
};

use restate_rpc_tests::clients::program::{descriptors, modules, target};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/browser.mjs");

const WAY_OUT: &str = "install the clients with `cargo xtask rpc-clients` (needs node and npm), or set \
                       RPC_CLIENTS to a directory that has them in node_modules";

/// The script, which has started its pages.
struct Pages {
    node: Child,
    output: BufReader<std::process::ChildStdout>,
    origins: Value,
}

impl Pages {
    fn open(descriptors: &std::path::Path) -> Self {
        let modules = modules("RPC_CLIENTS", "rpc-clients");
        let mut node = Command::new("node");
        node.arg(SCRIPT).arg(modules).arg(target().join("chromium")).arg(descriptors);
        node.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = node.spawn().unwrap_or_else(|error| panic!("{error}; {WAY_OUT}"));
        let mut output = BufReader::new(node.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let origins = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{WAY_OUT}"));
        Self { node, output, origins }
    }

    /// What the pages have received from this URL.
    fn call(mut self, url: &str) -> Value {
        writeln!(self.node.stdin.take().unwrap(), "{url}").unwrap();
        let mut received = String::new();
        self.output.read_to_string(&mut received).unwrap();
        assert!(self.node.wait().unwrap().success(), "the browser has failed; {WAY_OUT}");
        serde_json::from_str(&received).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_call_if_their_origin_is_allowed() {
    let descriptors = descriptors();
    let path = descriptors.path().to_owned();
    let pages = spawn_blocking(move || Pages::open(&path)).await.unwrap();
    let engine = restate_rpc_tests::engine().cors([pages.origins["allowed"].as_str().unwrap()]);
    let engine = engine.start().await.unwrap();
    let url = format!("http://{}", engine.ingress_addr().unwrap());
    let received = spawn_blocking(move || pages.call(&url)).await.unwrap();
    for (index, protocol) in (1..).zip(["connectJson", "connectProto", "connectGet", "grpcWeb"]) {
        let foreign = &received["foreign"][protocol];
        assert_eq!(*foreign, json!(["Failed to fetch", "Failed to fetch"]), "{protocol}");
        let expected = json!({
            "text": "Good day, Pete",
            "preview": "Good day, Ann",
            "long": 3010,
            // The page of the other origin has added nothing.
            "pieces": 2 * index,
            "hasId": true,
            "failed": ["AlreadyExists", "100 % no, Zoë", ["google.protobuf.StringValue", "shop.v1.Full", "google.rpc.ErrorInfo"]],
            "late": "DeadlineExceeded",
        });
        assert_eq!(received["allowed"][protocol], expected, "{protocol}");
    }
}
