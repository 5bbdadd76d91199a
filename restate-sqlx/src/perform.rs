//! The order in which the statements of a step are executed.

use restate::{HandlerError, HandlerResult, Payload};
use sqlx::{Pool, Transaction};

use crate::{
    begin::begin,
    database::StepDatabase,
    error::StepError,
    step::{Outcome, Step},
};

/// How often the transaction is repeated at once after a conflict with others. A step that fails more
/// often is retried by the engine, after a delay.
const REPETITIONS: u32 = 10;

/// Executes a step, unless it has committed before.
///
/// Why its writes happen once, although this may be executed any number of times, also at the same time:
///
/// 1. The writes are in one transaction with a row whose key is the step. So they have happened exactly
///    if the row is there, and as at most one row has this key, at most once.
/// 2. Each execution looks for the row first, and does not call the closure if it is there. Only the first
///    execution in the attempt that has drawn the id need not look, as nobody else has known the id.
/// 3. An execution of a lost attempt may still be under way: its `COMMIT` may be on the way to the
///    database. Then adding the row waits for it, finds the row, and this starts again.
/// 4. A terminal error is the result of a step, too: the caller is told that nothing was written. So it
///    gets a row, before anybody is told. Otherwise a lost attempt could commit afterwards.
pub(crate) async fn perform<DB, W, T>(pool: Pool<DB>, step: Step, work: W) -> HandlerResult<T>
where
    DB: StepDatabase,
    W: AsyncFn(&mut DB::Connection) -> HandlerResult<T>,
    T: Payload,
{
    let mut repetitions = 0;
    let mut looks = !step.is_new;
    loop {
        let executed = execute(&pool, &step, &work, looks).await;
        looks = true;
        match executed {
            Ok(Executed::Returned(returned)) => return returned,
            Ok(Executed::Elsewhere) => {}
            Err(error) if is_conflict::<DB>(&error) && repetitions < REPETITIONS => {
                repetitions += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What an execution has led to.
enum Executed<T> {
    /// The result is stored.
    Returned(HandlerResult<T>),
    /// Another execution has stored its result meanwhile, or the table has another version.
    Elsewhere,
}

/// Fails if nothing is stored, or if it is not known whether it is.
async fn execute<DB, W, T>(
    pool: &Pool<DB>,
    step: &Step,
    work: &W,
    looks: bool,
) -> HandlerResult<Executed<T>>
where
    DB: StepDatabase,
    W: AsyncFn(&mut DB::Connection) -> HandlerResult<T>,
    T: Payload,
{
    let mut transaction = begin(pool).await?;
    if looks && let Some(outcome) = DB::find(&mut transaction, step).await? {
        return Ok(Executed::Returned(outcome.returned()));
    }
    let returned = work(&mut transaction).await;
    let error = match returned.and_then(|result| Ok((Outcome::of_result(&result)?, result))) {
        Ok((outcome, result)) => {
            return Ok(match store::<DB>(transaction, step, &outcome).await? {
                true => Executed::Returned(Ok(result)),
                false => Executed::Elsewhere,
            });
        }
        Err(error) => error,
    };
    transaction.rollback().await.map_err(StepError::from)?;
    let Some(terminal) = error.terminal() else { return Err(error) };
    let outcome = Outcome::of_failure(terminal)?;
    Ok(match store::<DB>(begin(pool).await?, step, &outcome).await? {
        true => Executed::Returned(Err(error)),
        false => Executed::Elsewhere,
    })
}

/// Commits with the outcome of the step, unless another one is known or the table has another version.
async fn store<DB: StepDatabase>(
    mut transaction: Transaction<'static, DB>,
    step: &Step,
    outcome: &Outcome,
) -> Result<bool, StepError> {
    let is_added = DB::insert(&mut transaction, step, outcome).await?;
    if is_added {
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    Ok(is_added)
}

/// Whether `error` is, or is caused by, an error of the database that a repetition can overcome.
fn is_conflict<DB: StepDatabase>(error: &HandlerError) -> bool {
    let mut link = Some(error.cause());
    while let Some(error) = link {
        if let Some(sqlx::Error::Database(error)) = error.downcast_ref() {
            return DB::is_conflict(&**error);
        }
        link = error.source();
    }
    false
}
