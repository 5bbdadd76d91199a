//! How a transaction begins.

use std::panic::resume_unwind;

use sqlx::{Pool, Transaction};

use crate::{database::StepDatabase, error::StepError};

/// Begins a transaction, also if the caller is dropped meanwhile: then it is rolled back.
///
/// In sqlx 0.9.0, a `BEGIN` of PostgreSQL that is dropped before its answer is not rolled back
/// (<https://github.com/transact-rs/sqlx/issues/4393>). Its connection returns to the pool, and what others
/// then write with it is in a transaction that never commits. Steps are dropped whenever an invocation is
/// killed or its attempt is aborted, so a task of its own waits for the answer.
pub(crate) async fn begin<DB: StepDatabase>(
    pool: &Pool<DB>,
) -> Result<Transaction<'static, DB>, StepError> {
    let begun = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.begin_with(DB::BEGIN).await })
    };
    match begun.await {
        Ok(begun) => begun.map_err(|error| StepError::of_pool(pool, error)),
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime shuts down, and drops the caller as well.
        Err(_) => Err(StepError::Database(sqlx::Error::WorkerCrashed)),
    }
}
