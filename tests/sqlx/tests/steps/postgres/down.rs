//! A server that is down.

use restate::testing::TestEngine;
use restate_tests::postgres::Postgres;

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::pool,
    pools::impatiently,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_a_server_that_is_down() {
    let mut server = tokio::task::spawn_blocking(Postgres::start).await.unwrap();
    let bank = InDatabase(pool(server.url().parse().unwrap(), 4).await);
    bank.create().await;
    server.crash();
    // Finds connections that are lost, and none afterwards.
    while !impatiently(&bank).await.contains("the database could not be reached") {}

    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    let restarted = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    });
    assert_eq!(client.transfer(transfer(1, 100)).await, Ok(900));
    let _server = restarted.await.unwrap();
    assert_eq!((bank.bookings().await, bank.steps().await), (vec![1], 1));
}
