//! Clients without a browser.

use restate_embedded::Engine;
use restate_rpc_tests::clients::{buf, grpcio, node};

async fn engine() -> (Engine, String) {
    let engine = restate_rpc_tests::engine().start().await.unwrap();
    let origin = format!("http://{}", engine.ingress_addr().unwrap());
    (engine, origin)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buf_curl_calls_over_all_protocols() {
    let (_engine, origin) = engine().await;
    buf::calls_over_all_protocols(&origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buf_curl_needs_no_contract() {
    let (_engine, origin) = engine().await;
    buf::needs_no_contract(&origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpcio_calls_over_grpc() {
    let (_engine, origin) = engine().await;
    grpcio::calls(&origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_calls_over_all_protocols() {
    let (_engine, origin) = engine().await;
    node::calls_over_all_protocols(&origin).await;
}
