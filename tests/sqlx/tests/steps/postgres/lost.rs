//! An attempt that is thought dead, and whose `COMMIT` is on its way to the database.

use restate::{
    embedded::ClientError,
    testing::{Fault, TestEngine},
};
use sqlx::{query, query_as, query_scalar};

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::Database,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_a_lost_attempt_commits_meanwhile_is_the_result() {
    assert_eq!(with_lost_attempt(100).await, Ok(77));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_gives_way_to_the_result_of_a_lost_attempt() {
    // Fails with a terminal error when it is executed.
    assert_eq!(with_lost_attempt(5000).await, Ok(77));
}

/// Makes a transfer, while a lost attempt is about to commit the result 77.
async fn with_lost_attempt(cents: i64) -> Result<i64, ClientError> {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let fault = Fault::run("book").crash_before_commit();
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).fault(fault).start().await;
    let call = async |test: &TestEngine| {
        let bank = BankClient::new(test.client());
        bank.transfer(transfer(1, cents)).idempotency_key("one").await
    };
    assert_eq!(call(&test).await, Err(ClientError::Stopped));
    // The crash has told the id of the step, which now has not committed.
    let select = query_as("SELECT invocation, step::text FROM restate_steps");
    let (invocation, id): (String, String) = select.fetch_one(&bank.0).await.unwrap();
    bank.reset().await;
    let mut lost = bank.0.begin().await.unwrap();
    let insert = "INSERT INTO restate_steps (invocation, step, result) VALUES ($1, $2::uuid, '77')";
    query(insert).bind(invocation).bind(id).execute(&mut *lost).await.unwrap();

    let test = test.restart().await;
    let commit = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                       AND datname = current_database()";
        while query_scalar::<_, i64>(waiting).fetch_one(&bank.0).await.unwrap() == 0 {}
        lost.commit().await.unwrap();
    };
    let (result, ()) = futures::future::join(call(&test), commit).await;
    // The lost attempt of this test has not written anything else.
    assert_eq!((bank.accounts().await, bank.bookings().await), (vec![1000, 1000], vec![]));
    result
}
