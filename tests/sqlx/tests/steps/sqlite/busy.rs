//! SQLite that is locked by others for longer than its `busy_timeout`.

use restate::testing::TestEngine;

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::{BEGIN, Database},
    pools::impatiently,
};

#[tokio::test]
async fn a_step_succeeds_once_the_lock_is_free() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let other = database.pool(1).await;
    let lock = other.begin_with(BEGIN).await.unwrap();
    let error = impatiently(&bank).await;
    assert!(error.contains("the transaction of a step failed: "), "{error}");
    assert!(error.contains("database is locked"), "{error}");

    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    let (left, unlocked) =
        futures::future::join(async { client.transfer(transfer(1, 100)).await }, lock.rollback())
            .await;
    unlocked.unwrap();
    assert_eq!(left, Ok(900));
    assert_eq!(bank.bookings().await, [1]);
}
