//! Several nodes, of which some are not there.

use restate_grpc::ingress::IngressCalls;
use restate_ingress::{IngressClient, RetryPolicy};
use restate_rpc_tests::{Greeting, SeenHeaders};
use tonic::Code;

use crate::{
    clients::{GREET, Tonic, greet, with},
    world::{Front, World, contracts, dead},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_reach_the_nodes_that_are_there() {
    let world = World::start().await;
    let client = IngressClient::builder(dead()).node(world.ingress()).node(dead());
    let front = Front::start(IngressCalls::new(client.build().unwrap(), contracts())).await;
    let mut tonic = Tonic::of(&front.origin);
    for _ in 0..6 {
        let greeted = tonic.call::<_, Greeting>(GREET, greet("Pete")).await.unwrap();
        assert_eq!(greeted.get_ref().text, "Good day, Pete");
    }
}

#[tokio::test]
async fn without_any_node_calls_are_unavailable() {
    let client = IngressClient::builder(dead()).node(dead());
    let client = client.retry_policy(RetryPolicy::new().max_attempts(1)).build().unwrap();
    let front = Front::start(IngressCalls::new(client, contracts())).await;
    let failed = Tonic::of(&front.origin).call::<_, Greeting>(GREET, greet("Pete")).await;
    let failed = failed.unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);
    assert!(!failed.message().contains("127.0.0.1"), "addresses are not for clients: {failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_client_is_not_passed_on_if_there_is_one_for_the_ingress() {
    let world = World::start().await;
    let client = world.client().bearer_token("of-the-front").build().unwrap();
    let front = Front::start(IngressCalls::new(client, contracts())).await;
    let request = with(greet(""), &[("authorization", "Bearer of-the-client")]);
    let path = "/shop.v1.Desk/Headers";
    let seen = Tonic::of(&front.origin).call::<_, SeenHeaders>(path, request).await.unwrap();
    let seen = seen.get_ref().headers.get("authorization").map(String::as_str);
    assert_eq!(seen, Some("Bearer of-the-front"));
}
