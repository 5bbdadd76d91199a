//! The method of contexts.

use std::sync::Arc;

use restate::{Context, HandlerError, HandlerResult, Payload};
use sqlx::Pool;

use crate::{
    database::{StepDatabase, sealed::Sealed},
    perform::perform,
    transaction::{StepId, TransactionStep},
};

/// Adds [`transaction`](Self::transaction) to the contexts of handlers.
pub trait Transactions<'a>: Sealed {
    /// Executes a closure in a transaction of a database, exactly once, and keeps its result.
    ///
    /// The closure receives the connection of the transaction, which commits if it returns a result, and
    /// rolls back if it returns an error. [The crate](crate) has an example. The result is journaled like
    /// that of [`Context::run`].
    ///
    /// The closure owns what it uses (`async move`), so that it can use neither the context nor a pool in
    /// `self`. It may be called again, so it borrows or clones what it owns.
    fn transaction<DB, W, T>(
        self,
        pool: &Pool<DB>,
        work: W,
    ) -> TransactionStep<'a, impl Sized, impl Sized, T>
    where
        DB: StepDatabase,
        W: AsyncFn(&mut DB::Connection) -> HandlerResult<T> + 'static,
        T: Payload;
}

impl Sealed for Context<'_> {}

// Contexts of objects and workflows have the method by `Deref`.
impl<'a> Transactions<'a> for Context<'a> {
    fn transaction<DB, W, T>(
        self,
        pool: &Pool<DB>,
        work: W,
    ) -> TransactionStep<'a, impl Sized, impl Sized, T>
    where
        DB: StepDatabase,
        W: AsyncFn(&mut DB::Connection) -> HandlerResult<T> + 'static,
        T: Payload,
    {
        let id = Arc::<StepId>::default();
        let (pool, invocation, known) =
            (pool.clone(), self.invocation_id().to_owned(), Arc::clone(&id));
        let work = self.run(async move || {
            let step = known.step_of(invocation).ok_or_else(|| HandlerError::from(UNKNOWN))?;
            perform(pool, step, work).await
        });
        TransactionStep::new(self, id, work)
    }
}

const UNKNOWN: &str = "a step began before its id was known";
