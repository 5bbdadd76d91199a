//! Invocations that are killed at any moment of a step.

use std::time::Duration;

use restate::testing::TestEngine;
use sqlx::{query, query_scalar};

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::Database,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_killed_leaves_no_transaction_in_the_pool() {
    const KILLS: u32 = 300;
    let database = Database::empty().await;
    InDatabase::open(&database).await;
    // What the pool writes next goes through the connection of the killed step.
    let bank = InDatabase(database.pool(1).await);
    let others = database.pool(1).await;
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    query("DELETE FROM bookings").execute(&others).await.unwrap();
    for kill in 0..KILLS {
        let sent = client.transfer(transfer(-1, 0)).one_way().await.unwrap();
        // Another moment each time: before the step, at each of its statements, and after it.
        tokio::time::sleep(Duration::from_micros(u64::from(kill % 100) * 30)).await;
        // One that has ended is unknown.
        let _ = test.client().invocation(sent.invocation_id()).kill().await;
        let insert = query("INSERT INTO bookings VALUES ($1, 'ann', 0)");
        insert.bind(i64::from(kill)).execute(&bank.0).await.unwrap();
        let written = query_scalar("SELECT count(*) FROM bookings WHERE number = $1");
        let written: i64 = written.bind(i64::from(kill)).fetch_one(&others).await.unwrap();
        assert_eq!(written, 1, "after kill {kill}, others do not see what the pool has written");
    }
}
