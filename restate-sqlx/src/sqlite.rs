//! Steps in SQLite.

use std::time::Duration;

use sqlx::{
    Sqlite, SqliteConnection, error::DatabaseError, query, query_as, query_scalar, raw_sql,
};

use crate::{
    VERSION,
    database::{DELETED_AT_ONCE, StepDatabase, columns, outcome, sealed::Sealed},
    error::StepError,
    schema,
    step::{Outcome, Step},
};

impl Sealed for Sqlite {}

impl StepDatabase for Sqlite {
    /// Takes the lock for writing at once: a transaction that has read before could not wait for it.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    async fn find(
        connection: &mut SqliteConnection,
        step: &Step,
    ) -> Result<Option<Outcome>, StepError> {
        let row: Option<(i32, Option<Vec<u8>>, Option<String>)> = query_as(
            "SELECT version, result, failure FROM restate_steps_version \
             LEFT JOIN restate_steps ON invocation = ? AND step = ?",
        )
        .bind(&step.invocation)
        .bind(&step.id)
        .fetch_optional(connection)
        .await
        .map_err(table_missing)?;
        match row {
            Some((VERSION, result, failure)) => Ok(outcome(result, failure)),
            other => Err(StepError::Version(other.map(|(version, ..)| version))),
        }
    }

    async fn insert(
        connection: &mut SqliteConnection,
        step: &Step,
        outcome: &Outcome,
    ) -> Result<bool, StepError> {
        let (result, failure) = columns(outcome);
        let inserted = query(
            "INSERT INTO restate_steps (invocation, step, result, failure) \
             SELECT ?, ?, ?, ? FROM restate_steps_version WHERE version = ? ON CONFLICT DO NOTHING",
        )
        .bind(&step.invocation)
        .bind(&step.id)
        .bind(result)
        .bind(failure)
        .bind(VERSION)
        .execute(connection)
        .await
        .map_err(table_missing)?;
        Ok(inserted.rows_affected() == 1)
    }

    fn is_conflict(error: &dyn DatabaseError) -> bool {
        // The low byte of an extended code is SQLITE_BUSY or SQLITE_LOCKED.
        let code = error.code().and_then(|code| code.parse::<u32>().ok());
        code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
    }

    async fn version(connection: &mut SqliteConnection) -> Result<i32, StepError> {
        let version = query_scalar("SELECT version FROM restate_steps_version");
        let version = version.fetch_optional(connection).await.map_err(table_missing)?;
        version.ok_or(StepError::Version(None))
    }

    async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        raw_sql(schema::SQLITE).execute(connection).await?;
        Ok(())
    }

    async fn delete_some(
        connection: &mut SqliteConnection,
        age: Duration,
    ) -> Result<u64, StepError> {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        // Rows are added in the order of time, so the oldest have the lowest ids; no index is needed.
        let deleted = query(
            "DELETE FROM restate_steps WHERE rowid IN \
             (SELECT rowid FROM restate_steps ORDER BY rowid LIMIT ?) AND created_at < unixepoch() - ?",
        )
        .bind(DELETED_AT_ONCE)
        .bind(age)
        .execute(connection)
        .await
        .map_err(table_missing)?;
        Ok(deleted.rows_affected())
    }
}

fn table_missing(error: sqlx::Error) -> StepError {
    let message = error.as_database_error().map(DatabaseError::message);
    match message {
        Some(message) if message.starts_with("no such table: restate_steps") => {
            StepError::TableMissing
        }
        _ => error.into(),
    }
}
