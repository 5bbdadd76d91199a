//! The three ways to store a row.

use std::{
    error::Error,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;
use sqlx::{
    PgPool, SqlitePool, query,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// Where greetings are stored. A row is on disk when [`insert`](Self::insert) returns.
pub(crate) enum Database {
    /// SQLite, through one connection.
    Connection(Mutex<Connection>),
    /// SQLite, through sqlx's pool of connections with its default size.
    SqlitePool(SqlitePool),
    /// Postgres, through sqlx's pool of connections with its default size.
    PgPool(PgPool),
}

/// Any error, such as one of a database.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

impl Database {
    pub(crate) fn rusqlite(file: &Path) -> Result<Self, Failed> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS greetings (
                 id INTEGER PRIMARY KEY, name TEXT NOT NULL, message TEXT NOT NULL
             );",
        )?;
        Ok(Self::Connection(Mutex::new(connection)))
    }

    pub(crate) async fn sqlx(file: &Path) -> Result<Self, Failed> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePool::connect_with(options).await?;
        query(
            "CREATE TABLE IF NOT EXISTS greetings (
                 id INTEGER PRIMARY KEY, name TEXT NOT NULL, message TEXT NOT NULL
             )",
        )
        .execute(&pool)
        .await?;
        Ok(Self::SqlitePool(pool))
    }

    pub(crate) async fn postgres(url: &str) -> Result<Self, Failed> {
        let pool = PgPool::connect(url).await?;
        query(
            "CREATE TABLE IF NOT EXISTS greetings (
                 id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                 name TEXT NOT NULL,
                 message TEXT NOT NULL
             )",
        )
        .execute(&pool)
        .await?;
        Ok(Self::PgPool(pool))
    }

    /// Inserts a row. A statement outside of a transaction commits by itself.
    pub(crate) async fn insert(&self, name: &str, message: &str) -> Result<(), Failed> {
        match self {
            Self::Connection(connection) => {
                // Blocks the thread, which is faster here than a hop to another one.
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                let insert = "INSERT INTO greetings (name, message) VALUES (?1, ?2)";
                connection.prepare_cached(insert)?.execute([name, message])?;
            }
            Self::SqlitePool(pool) => {
                let insert = "INSERT INTO greetings (name, message) VALUES (?1, ?2)";
                query(insert).bind(name).bind(message).execute(pool).await?;
            }
            Self::PgPool(pool) => {
                let insert = "INSERT INTO greetings (name, message) VALUES ($1, $2)";
                query(insert).bind(name).bind(message).execute(pool).await?;
            }
        }
        Ok(())
    }
}
