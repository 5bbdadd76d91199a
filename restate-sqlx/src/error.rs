//! Why the table of steps could not be used.

use std::{error::Error, fmt};

use sqlx::{Database, Pool};

use crate::VERSION;

/// Why a step could not be read or stored, or its transaction could not begin or commit.
///
/// A step that fails so is retried, by the retry policy of its [`Run`](restate::Run): nothing of it is
/// in the database, or all of it is and the next attempt finds that.
#[derive(Debug)]
#[non_exhaustive]
pub enum StepError {
    /// The database has no table `restate_steps`.
    TableMissing,
    /// The table `restate_steps` has this version, and this crate needs another one.
    Version(Option<i32>),
    /// No connection of the pool became free within its `acquire_timeout`.
    PoolExhausted,
    /// No connection to the database could be made within the `acquire_timeout` of the pool.
    Unreachable,
    /// The database refused a statement, or could not be reached.
    Database(sqlx::Error),
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableMissing => f.write_str(
                "the database has no table `restate_steps`; call `restate_sqlx::migrate(&pool)` when \
                 the program starts, or execute the SQL of `restate_sqlx::schema` in your own \
                 migrations",
            ),
            Self::Version(None) => f.write_str(
                "the table `restate_steps_version` is empty; call `restate_sqlx::migrate(&pool)`, or \
                 execute the SQL of `restate_sqlx::schema` again",
            ),
            Self::Version(Some(found)) if *found > VERSION => write!(
                f,
                "the table `restate_steps` has version {found}, and this program knows version \
                 {VERSION}; update `restate-sqlx` in this program"
            ),
            Self::Version(Some(found)) => write!(
                f,
                "the table `restate_steps` has version {found}, and this program needs version \
                 {VERSION}; call `restate_sqlx::migrate(&pool)` when the program starts"
            ),
            Self::PoolExhausted => f.write_str(
                "no connection of the pool became free within its `acquire_timeout`; raise its \
                 `max_connections`, or make transactions shorter",
            ),
            Self::Unreachable => f.write_str(
                "the database could not be reached within the `acquire_timeout` of the pool; see that \
                 it runs, and that this program has its address",
            ),
            Self::Database(error) => write!(f, "the transaction of a step failed: {error}"),
        }
    }
}

impl Error for StepError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl StepError {
    /// Why `pool` has given no connection.
    pub(crate) fn of_pool<DB: Database>(pool: &Pool<DB>, error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut if pool.size() < pool.options().get_max_connections() => {
                // It has tried to connect all the time.
                Self::Unreachable
            }
            sqlx::Error::PoolTimedOut => Self::PoolExhausted,
            error => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for StepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
