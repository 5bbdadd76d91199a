//! The tables of steps: created, missing, of another version, and with old rows.

use std::time::Duration;

use futures::future::join_all;
use restate::{embedded::ClientError, testing::TestEngine};
use restate_sqlx::{StepError, delete_steps, migrate};
use sqlx::{query, query_scalar, raw_sql};

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::{AGE, Database, SCHEMA},
    pools::impatiently,
};

#[tokio::test]
async fn any_number_of_processes_may_migrate_at_the_same_time() {
    let database = Database::empty().await;
    let mut pools = Vec::new();
    for _ in 0..4 {
        pools.push(database.pool(1).await);
    }
    for migrated in join_all(pools.iter().map(migrate)).await {
        migrated.unwrap();
    }
    migrate(&pools[0]).await.unwrap();
    let version: i32 = query_scalar("SELECT version FROM restate_steps_version")
        .fetch_one(&pools[0])
        .await
        .unwrap();
    assert_eq!(version, 1);
}

#[tokio::test]
async fn the_sql_files_may_be_executed_repeatedly_and_are_what_migrate_executes() {
    let database = Database::empty().await;
    let pool = database.pool(1).await;
    raw_sql(SCHEMA).execute(&pool).await.unwrap();
    raw_sql(SCHEMA).execute(&pool).await.unwrap();
    migrate(&pool).await.unwrap();
    assert_eq!(delete_steps(&pool, Duration::ZERO).await.unwrap(), 0);
}

#[tokio::test]
async fn a_step_without_tables_says_what_to_do_and_succeeds_once_they_are_there() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    raw_sql("DROP TABLE restate_steps; DROP TABLE restate_steps_version")
        .execute(&bank.0)
        .await
        .unwrap();
    let error = impatiently(&bank).await;
    assert!(
        error.contains("no table `restate_steps`; call `restate_sqlx::migrate(&pool)`"),
        "{error}"
    );
    assert!(matches!(delete_steps(&bank.0, Duration::ZERO).await, Err(StepError::TableMissing)));
    assert!(bank.bookings().await.is_empty());

    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    let (left, migrated) =
        futures::future::join(async { client.transfer(transfer(1, 100)).await }, async {
            migrate(&bank.0).await
        })
        .await;
    assert_eq!(left, Ok(900));
    migrated.unwrap();
}

#[tokio::test]
async fn tables_of_another_version_are_refused() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    for (version, way_out) in [(2, "update `restate-sqlx`"), (0, "call `restate_sqlx::migrate")] {
        let set = query("UPDATE restate_steps_version SET version = $1").bind(version);
        set.execute(&bank.0).await.unwrap();
        let error = impatiently(&bank).await;
        let says = format!("the table `restate_steps` has version {version}");
        assert!(error.contains(&says) && error.contains(way_out), "{error}");
        let refused = migrate(&bank.0).await.unwrap_err();
        assert!(matches!(refused, StepError::Version(Some(it)) if it == version), "{refused}");
    }
    query("DELETE FROM restate_steps_version").execute(&bank.0).await.unwrap();
    let error = impatiently(&bank).await;
    assert!(error.contains("`restate_steps_version` is empty"), "{error}");
    migrate(&bank.0).await.unwrap();
    assert!(bank.bookings().await.is_empty());
}

#[tokio::test]
async fn old_rows_are_deleted_and_new_ones_stay() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).start().await;
    let client = BankClient::new(test.client());
    let transfers = (0..30).map(|number| client.transfer(transfer(number, 1)).call());
    let made: Result<Vec<_>, ClientError> = join_all(transfers).await.into_iter().collect();
    made.unwrap();
    raw_sql(AGE).execute(&bank.0).await.unwrap();
    client.transfer(transfer(31, 1)).await.unwrap();
    let hour = Duration::from_secs(3600);
    assert_eq!(delete_steps(&bank.0, 2 * hour).await.unwrap(), 0);
    assert_eq!(delete_steps(&bank.0, hour / 2).await.unwrap(), 30);
    assert_eq!(bank.steps().await, 1);
}
