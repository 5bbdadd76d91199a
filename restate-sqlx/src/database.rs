//! The databases whose transactions can be steps.

use std::time::Duration;

use sqlx::{Database, error::DatabaseError};

use crate::{
    error::StepError,
    step::{Outcome, Step},
};

/// A database whose transactions can be steps: `sqlx::Postgres` and `sqlx::Sqlite`.
///
/// Each function is one statement on the tables of this crate. When they are executed is decided in one
/// place for all databases.
pub trait StepDatabase: Database + sealed::Sealed {
    /// Begins a transaction that writes.
    #[doc(hidden)]
    const BEGIN: &'static str;

    /// How the step has ended, if it has committed. Fails if the table has another version.
    #[doc(hidden)]
    fn find(
        connection: &mut Self::Connection,
        step: &Step,
    ) -> impl Future<Output = Result<Option<Outcome>, StepError>> + Send;

    /// Adds how a step has ended, unless that is known or the table has another version, and returns
    /// whether it was added. Waits for transactions that add the same step.
    #[doc(hidden)]
    fn insert(
        connection: &mut Self::Connection,
        step: &Step,
        outcome: &Outcome,
    ) -> impl Future<Output = Result<bool, StepError>> + Send;

    /// Whether a repetition of the whole transaction can succeed at once.
    #[doc(hidden)]
    fn is_conflict(error: &dyn DatabaseError) -> bool;

    /// The version of the table.
    #[doc(hidden)]
    fn version(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<i32, StepError>> + Send;

    /// Creates the tables that do not exist.
    #[doc(hidden)]
    fn create(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Deletes some of the rows that are older than `age`, and returns how many.
    #[doc(hidden)]
    fn delete_some(
        connection: &mut Self::Connection,
        age: Duration,
    ) -> impl Future<Output = Result<u64, StepError>> + Send;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Rows that one statement deletes: few enough that steps do not wait for long.
pub(crate) const DELETED_AT_ONCE: u32 = 1000;

/// The bytes of a result, and the failure, as columns.
pub(crate) fn columns(outcome: &Outcome) -> (Option<&[u8]>, Option<&str>) {
    match outcome {
        Outcome::Result(bytes) => (Some(bytes), None),
        Outcome::Failure(json) => (None, Some(json)),
    }
}

/// The outcome in two columns, of which one is set if there is one.
pub(crate) fn outcome(result: Option<Vec<u8>>, failure: Option<String>) -> Option<Outcome> {
    result.map(Outcome::Result).or(failure.map(Outcome::Failure))
}
