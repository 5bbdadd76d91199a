//! The program in front of three nodes, of which one is killed.

use hyper::Method;
use restate_rpc_tests::{AddRequest, Pieces};
use restate_tests::cluster::Cluster;
use tokio::{sync::mpsc, task::JoinSet};
use tonic::Request;

use crate::{
    clients::{ADD, Tonic, send, with},
    program::Program,
    world::endpoint,
};

/// Items, on all partitions, and the calls for each.
const ITEMS: usize = 8;
const CALLS: usize = 40;

/// How many calls are answered when the node is killed.
const BEFORE: usize = 60;

async fn add(tonic: &mut Tonic, item: &str, key: &str) -> i64 {
    let request = Request::new(AddRequest { item: item.to_owned(), pieces: 1 });
    let request = with(request, &[("idempotency-key", key)]);
    let added = tonic.call::<_, Pieces>(ADD, request).await;
    added.unwrap_or_else(|failed| panic!("{item} {key}: {failed}")).get_ref().pieces
}

/// Waits until a node has heard of what was registered at another one.
async fn wait_for_services(ingress: &str) {
    let preview = format!("{ingress}/shop.v1.Desk/Preview");
    let json = [("content-type", "application/json")];
    while !send(Method::POST, preview.clone(), &json, "{}").await.status.is_success() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_with_idempotency_keys_are_made_once_while_a_node_is_killed() {
    let endpoint = endpoint().await;
    let mut cluster = Cluster::start_with(&[]).await;
    cluster.register(endpoint.address()).await;
    for node in cluster.nodes() {
        wait_for_services(&format!("http://{}", node.ingress())).await;
    }
    let program = Program::start(|command| {
        for node in cluster.nodes() {
            command.arg("--ingress").arg(format!("http://{}", node.ingress()));
        }
    });
    let mut tonic = Tonic::of(&program.origin);
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut items = JoinSet::new();
    for item in 0..ITEMS {
        let (mut tonic, answered) = (Tonic::of(&program.origin), answered.clone());
        items.spawn(async move {
            let item = format!("item-{item}");
            for call in 1..=CALLS {
                let pieces = add(&mut tonic, &item, &format!("{item}-{call}")).await;
                // The calls of an item follow each other, so none was made twice or lost.
                assert_eq!(usize::try_from(pieces), Ok(call), "{item}");
                answered.send(()).unwrap();
            }
        });
    }
    for _ in 0..BEFORE {
        answers.recv().await.unwrap();
    }
    cluster.crash(2);
    while let Some(done) = items.join_next().await {
        done.unwrap();
    }
    assert_eq!(add(&mut tonic, "item-0", "item-0-1").await, 1, "that of the first call, again");
}
