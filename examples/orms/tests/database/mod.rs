//! A database of each kind, with an account of 1,000 cents.

use std::sync::Arc;

use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{
    AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
    pooled_connection::{AsyncDieselConnectionManager, deadpool::Pool},
};
use restate_orms_example::{Bank, with_diesel::WithDiesel, with_sea_orm::WithSeaOrm};
use restate_tests::postgres::Postgres;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tempfile::TempDir;

pub trait Database {
    type Bank: Bank + 'static;
    fn bank(&self) -> Self::Bank;
    async fn write(&self, sql: &str);
    async fn payments_and_cents(&self) -> (i64, i64);

    async fn reset(&self) {
        self.write("DELETE FROM payments; UPDATE accounts SET cents = 1000").await;
    }
}

const TABLES: &str = "CREATE TABLE accounts (name TEXT PRIMARY KEY, cents BIGINT NOT NULL);
     INSERT INTO accounts VALUES ('ann', 1000);
     CREATE TABLE payments (number NUMBER, account TEXT NOT NULL, cents BIGINT NOT NULL)";
const COUNTS: &str =
    "SELECT (SELECT count(*) FROM payments) AS payments, (SELECT cents FROM accounts) AS cents";

pub struct SeaOrm {
    bank: WithSeaOrm,
    _directory: TempDir,
}

impl SeaOrm {
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("bank.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let connection = sea_orm::Database::connect(url).await.unwrap();
        restate_sqlx::migrate(connection.get_sqlite_connection_pool()).await.unwrap();
        let database = Self { bank: WithSeaOrm(connection), _directory: directory };
        database.write(&TABLES.replace("NUMBER", "INTEGER PRIMARY KEY")).await;
        database
    }
}

impl Database for SeaOrm {
    type Bank = WithSeaOrm;

    fn bank(&self) -> WithSeaOrm {
        self.bank.clone()
    }

    async fn write(&self, sql: &str) {
        self.bank.0.execute_unprepared(sql).await.unwrap();
    }

    async fn payments_and_cents(&self) -> (i64, i64) {
        let counts = Statement::from_string(DbBackend::Sqlite, COUNTS);
        let row = self.bank.0.query_one_raw(counts).await.unwrap().unwrap();
        (row.try_get("", "payments").unwrap(), row.try_get("", "cents").unwrap())
    }
}

pub struct Diesel {
    bank: WithDiesel,
    server: Arc<Postgres>,
}

impl Diesel {
    pub async fn start() -> Self {
        let database = connect(Arc::new(Postgres::start()), 4);
        database.write(restate_sqlx::schema::POSTGRES).await;
        let number = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
        database.write(&TABLES.replace("NUMBER", number)).await;
        database
    }

    /// The same database, through a pool of its own.
    pub fn with_connections(&self, number: usize) -> Self {
        connect(Arc::clone(&self.server), number)
    }
}

fn connect(server: Arc<Postgres>, connections: usize) -> Diesel {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(server.url());
    let pool = Pool::builder(manager).max_size(connections).build().unwrap();
    Diesel { bank: WithDiesel(pool), server }
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    payments: i64,
    #[diesel(sql_type = BigInt)]
    cents: i64,
}

impl Database for Diesel {
    type Bank = WithDiesel;

    fn bank(&self) -> WithDiesel {
        self.bank.clone()
    }

    async fn write(&self, sql: &str) {
        self.bank.0.get().await.unwrap().batch_execute(sql).await.unwrap();
    }

    async fn payments_and_cents(&self) -> (i64, i64) {
        let mut connection = self.bank.0.get().await.unwrap();
        let counts: Counts = sql_query(COUNTS).get_result(&mut connection).await.unwrap();
        (counts.payments, counts.cents)
    }
}
