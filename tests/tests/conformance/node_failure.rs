//! The death of a node in a cluster under load.

use futures::{StreamExt, stream};
use restate_core::Json;
use restate_ingress::IngressClient;
use restate_tests::services::CounterClient;

use crate::{
    polling::{eventually, once},
    scenario::Setup,
    system::Needs,
};

const COUNTERS: usize = 8;
const CALLS: usize = 400;
const AT_A_TIME: usize = 16;

pub async fn calls_continue_and_count_once(setup: Setup) {
    let mut system = setup.own_system(Needs::default()).await;
    let client = system.client();
    let calls = stream::iter(0..CALLS).map(|call| add(&client, call % COUNTERS));
    let mut done = calls.buffer_unordered(AT_A_TIME);
    for _ in 0..CALLS / 4 {
        done.next().await.expect("there are more calls");
    }
    system.lose_a_node();
    assert_eq!(done.count().await, CALLS - CALLS / 4);

    for counter in 0..COUNTERS {
        let counter = CounterClient::new(client.clone(), key(counter));
        let value = counter.get().idempotency_key(once()).await.unwrap();
        assert_eq!(value, i64::try_from(CALLS / COUNTERS).unwrap());
    }
}

/// Adds 1, repeating the request with the same idempotency key until it succeeds.
async fn add(client: &IngressClient, counter: usize) {
    let idempotency_key = once();
    let counter = CounterClient::new(client.clone(), key(counter));
    eventually("the call is answered", async || {
        let call = counter.add(1).idempotency_key(idempotency_key.as_str());
        call.await.map(|Json(_)| ()).ok()
    })
    .await;
}

fn key(counter: usize) -> String {
    format!("counter-{counter}")
}
