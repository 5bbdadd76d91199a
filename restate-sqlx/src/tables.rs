//! The tables of this crate: creating them, and deleting old rows.

use std::time::Duration;

use sqlx::Pool;

use crate::{VERSION, begin::begin, database::StepDatabase, error::StepError};

/// Creates the tables that steps need, unless they exist. Any number of processes may do so at the same
/// time.
///
/// Teams that run their own migrations add the SQL of [`schema`](crate::schema) to them instead. The
/// tables are created in the schema that is first in the `search_path` of the pool's connections.
///
/// # Errors
///
/// When the tables have another version, the database cannot be reached, or its user may not create
/// tables.
pub async fn migrate<DB: StepDatabase>(pool: &Pool<DB>) -> Result<(), StepError> {
    let mut connection = pool.acquire().await.map_err(|error| StepError::of_pool(pool, error))?;
    // First, as users who may not create tables can start programs, too.
    match DB::version(&mut connection).await {
        Err(StepError::TableMissing | StepError::Version(None)) => {}
        version => return check(version?),
    }
    drop(connection);
    let mut transaction = begin(pool).await?;
    DB::create(&mut transaction).await?;
    check(DB::version(&mut transaction).await?)?;
    Ok(transaction.commit().await?)
}

fn check(version: i32) -> Result<(), StepError> {
    if version == VERSION { Ok(()) } else { Err(StepError::Version(Some(version))) }
}

/// Deletes the rows of steps that have committed longer than `age` ago, and returns how many.
///
/// A row is needed until the result of its step is in the journal, which in general takes milliseconds. It
/// takes longer for an invocation that is paused or waits for its next attempt: choose an age that none
/// exceeds, such as the retention of journals, or a month. If the row of a step is deleted before, the
/// step may be repeated.
///
/// Rows are deleted in small transactions, so that steps do not wait. Call this every hour or day, from a
/// timer or a handler that is called by a schedule.
///
/// # Errors
///
/// When the tables are missing, or the database cannot be reached. Some rows may have been deleted.
pub async fn delete_steps<DB: StepDatabase>(
    pool: &Pool<DB>,
    age: Duration,
) -> Result<u64, StepError> {
    let mut connection = pool.acquire().await.map_err(|error| StepError::of_pool(pool, error))?;
    let mut total = 0;
    loop {
        let deleted = DB::delete_some(&mut connection, age).await?;
        total += deleted;
        if deleted == 0 {
            return Ok(total);
        }
    }
}
