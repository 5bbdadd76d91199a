//! Clients without a browser.

use std::fs;

use restate_embedded::Engine;
use restate_rpc_tests::{
    certificate::issue,
    clients::{buf, grpcio, node},
};
use tempfile::NamedTempFile;

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
async fn buf_curl_needs_no_contract_over_tls() {
    let issued = issue();
    let authority = NamedTempFile::new().unwrap();
    fs::write(&authority, issued.certificate_pem).unwrap();
    let engine = restate_rpc_tests::engine().tls(issued.server).start().await.unwrap();
    let origin = format!("https://localhost:{}", engine.ingress_addr().unwrap().port());
    buf::needs_no_contract_over_tls(&origin, authority.path()).await;
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
