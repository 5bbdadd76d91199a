//! The page of the example, in a headless Chromium.

use std::process::Command;

use restate_embedded::Engine;
use restate_examples::{GreetByName, contract::greeter::GreeterServer, serve_page};
use restate_rpc_tests::clients::program::{self, modules, target};
use tokio::net::TcpListener;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/page.mjs");

const WAY_OUT: &str = "install Chromium with `cargo xtask rpc-clients` (needs node and npm), or set \
                       RPC_CLIENTS to a directory that has it in node_modules";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_example_greets_and_shows_failures() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let page = format!("http://{}", listener.local_addr().unwrap());
    let engine = Engine::builder().bind(GreeterServer::new(GreetByName)).in_memory();
    let engine = engine.ingress("127.0.0.1:0").cors([&page]).start().await.unwrap();
    let url = format!("http://{}", engine.ingress_addr().unwrap());
    tokio::spawn(async move { serve_page(listener, &url).await });
    let run = move || {
        let mut node = Command::new("node");
        let modules = modules("RPC_CLIENTS", "rpc-clients");
        node.arg(SCRIPT).arg(modules).arg(target().join("chromium")).arg(page);
        program::run(&mut node, WAY_OUT)
    };
    let shown: Vec<String> =
        serde_json::from_str(&tokio::task::spawn_blocking(run).await.unwrap()).unwrap();
    let [greeting, failure] = &shown[..] else { panic!("{shown:?}") };
    assert!(greeting.starts_with("Hello Pete (inv_1"), "{greeting}");
    assert_eq!(failure, "invalid_argument: whom? `name` is empty");
}
