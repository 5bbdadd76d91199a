//! A file of SQLite for one test.

use std::time::Duration;

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use tempfile::TempDir;

pub type Pool = SqlitePool;
pub type Connection = sqlx::SqliteConnection;

/// Begins a transaction that writes.
pub const BEGIN: &str = "BEGIN IMMEDIATE";

/// Makes every row look an hour old.
pub const AGE: &str = "UPDATE restate_steps SET created_at = created_at - 3600";

/// What creates the tables of steps.
pub const SCHEMA: &str = restate_sqlx::schema::SQLITE;

/// An empty database, which is deleted when this is dropped.
pub struct Database {
    directory: TempDir,
}

impl Database {
    pub async fn empty() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// A pool of this many connections.
    pub async fn pool(&self, connections: u32) -> Pool {
        let options = SqliteConnectOptions::new()
            .filename(self.directory.path().join("bank.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Short, so that tests see what happens afterwards.
            .busy_timeout(Duration::from_millis(20));
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_millis(500))
            .connect_with(options)
            .await
            .unwrap()
    }
}
