//! Transactions that change the same rows at the same time.

use futures::future::join_all;
use restate::testing::TestEngine;

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::Database,
};

#[tokio::test(flavor = "multi_thread")]
async fn transfers_at_the_same_time_are_all_booked() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    let transfers = (0..40).map(|number| client.transfer(transfer(number, 10)).call());
    let mut left: Vec<_> = join_all(transfers).await.into_iter().map(Result::unwrap).collect();
    left.sort_unstable();
    assert_eq!(left, (0..40).map(|number| 600 + 10 * number).collect::<Vec<_>>());
    assert_eq!(bank.accounts().await, [600, 1400]);
    assert_eq!(bank.bookings().await, (0..40).collect::<Vec<_>>());
}
