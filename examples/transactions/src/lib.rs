//! A queue in a table that feeds a service, and a table of events that are published: both exactly once.

pub mod inbox;
pub mod outbox;

use sqlx::{
    SqlitePool, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

/// Opens the database, and creates its tables.
///
/// # Errors
///
/// When the file cannot be opened, or is not a database.
pub async fn open(path: &str) -> Result<SqlitePool, Box<dyn std::error::Error>> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Wal)).await?;
    raw_sql(include_str!("../schema.sql")).execute(&pool).await?;
    restate_sqlx::migrate(&pool).await?;
    Ok(pool)
}
