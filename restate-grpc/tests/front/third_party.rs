//! Clients of other libraries, of the program in front of a Restate server.

use std::fs;

use restate_rpc_tests::clients::{buf, grpcio, node, program::descriptors_of_edition};

use crate::{program::Program, world::World};

async fn program() -> (World, Program) {
    let world = World::start().await;
    let program = Program::start(|command| {
        command.args(["--ingress", &world.ingress()]);
    });
    (world, program)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buf_curl_calls_over_all_protocols() {
    let (_world, program) = program().await;
    buf::calls_over_all_protocols(&program.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buf_curl_needs_no_contract() {
    let (_world, program) = program().await;
    buf::needs_no_contract(&program.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_of_an_edition_is_read_and_described() {
    let world = World::start().await;
    let set = fs::read(descriptors_of_edition().path()).unwrap();
    let program = Program::start_with(&set, |command| {
        command.args(["--ingress", &world.ingress()]);
    });
    buf::needs_no_contract(&program.origin).await;
    buf::calls_over_all_protocols(&program.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpcio_calls_over_grpc() {
    let (_world, program) = program().await;
    grpcio::calls(&program.origin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_calls_over_all_protocols() {
    let (_world, program) = program().await;
    node::calls_over_all_protocols(&program.origin).await;
}
