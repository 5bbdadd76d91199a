//! A database of Postgres for one test.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use restate_sqlx_tests::shared_postgres;
use restate_tests::postgres::Postgres;
use sqlx::{
    AssertSqlSafe, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    raw_sql,
};

pub type Pool = PgPool;
pub type Connection = sqlx::PgConnection;

/// Begins a transaction that writes.
pub const BEGIN: &str = "BEGIN";

/// Makes every row look an hour old.
pub const AGE: &str = "UPDATE restate_steps SET created_at = created_at - interval '1 hour'";

/// What creates the tables of steps.
pub const SCHEMA: &str = restate_sqlx::schema::POSTGRES;

/// An empty database of the server of this process.
pub struct Database {
    _server: Arc<Postgres>,
    options: PgConnectOptions,
}

impl Database {
    pub async fn empty() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = tokio::task::spawn_blocking(shared_postgres).await.unwrap();
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = Connection::connect(&server.url()).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        raw_sql(create).execute(&mut connection).await.unwrap();
        let options: PgConnectOptions = server.url().parse().unwrap();
        Self { _server: server, options: options.database(&name) }
    }

    /// A pool of this many connections.
    pub async fn pool(&self, connections: u32) -> Pool {
        pool(self.options.clone(), connections).await
    }

    /// A pool whose transactions behave as if they were executed one after the other, or fail.
    pub async fn serializable_pool(&self) -> Pool {
        let options = [("default_transaction_isolation", "serializable")];
        pool(self.options.clone().options(options), 4).await
    }
}

/// A pool of this many connections.
pub async fn pool(options: PgConnectOptions, connections: u32) -> Pool {
    PgPoolOptions::new()
        .max_connections(connections)
        // Short, so that tests see what happens afterwards.
        .acquire_timeout(Duration::from_millis(500))
        .connect_with(options)
        .await
        .unwrap()
}
