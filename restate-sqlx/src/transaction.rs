//! The two entries that a transactional step has in the journal.

use std::{
    fmt,
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context as Wakeup, Poll, ready},
    time::Duration,
};

use restate::{Context, HandlerResult, OnMaxAttempts, RetryPolicy, Run, TerminalError};

use crate::step::Step;

/// A transaction that is executed when this is awaited, unless it was executed before.
///
/// It has two entries in the journal: a random id, which makes the step another one than that of any
/// other invocation, and the result.
// The id of the invocation would not do: a Restate server gives the same one to all calls with one
// idempotency key, and to all runs of a workflow with one key, also after the first was purged or its
// retention is over. Test engines with the same calls have the same ids.
#[must_use = "the transaction is not executed until this is awaited"]
pub struct TransactionStep<'a, F, Fut, T> {
    draw: Draw<'a>,
    id: Arc<StepId>,
    work: Run<'a, F, Fut, T>,
}

/// Draws the id.
type Draw<'a> = Run<'a, Box<dyn FnOnce() -> Drawn + Send>, Drawn, String>;
type Drawn = Ready<HandlerResult<String>>;

/// The id of a step.
#[derive(Debug, Default)]
pub(crate) struct StepId {
    /// Once it is in the journal.
    known: OnceLock<String>,
    /// Whether this attempt has drawn it.
    is_new: AtomicBool,
}

impl StepId {
    /// The step with this id, once it is known.
    pub(crate) fn step_of(&self, invocation: String) -> Option<Step> {
        let (id, is_new) = (self.known.get()?.clone(), self.is_new.load(Ordering::Relaxed));
        Some(Step { invocation, id, is_new })
    }
}

impl<'a, F, Fut, T> TransactionStep<'a, F, Fut, T> {
    pub(crate) fn new(ctx: Context<'a>, id: Arc<StepId>, work: Run<'a, F, Fut, T>) -> Self {
        let drawn = Arc::clone(&id);
        let random: Box<dyn FnOnce() -> Drawn + Send> = Box::new(move || {
            drawn.is_new.store(true, Ordering::Relaxed);
            ready(random_id())
        });
        // The transaction begins only when the id is durable, as it is not read-only itself.
        let draw = ctx.run(random).name("transaction id").read_only();
        Self { draw, id, work: work.name("transaction") }
    }

    /// Names the entry of the result, for those who look at the journal: `transaction` unless this
    /// names it. Part of what replay compares.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.work = self.work.name(name);
        self
    }

    /// How often and how fast the step is retried when it fails with an error that is not terminal; see
    /// [`Run::retry_policy`].
    ///
    /// Without a policy it is retried without limit, as fast as the engine retries handlers. If the last
    /// attempt of a policy fails, the transaction may have committed although the error says that it has
    /// failed: the connection may have been lost before the answer.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.work = self.work.retry_policy(policy);
        self
    }

    /// Makes the error terminal once retrying has taken this long.
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.work = self.work.max_duration(duration);
        self
    }

    /// Decides what happens after the last attempt; see [`Run::on_max_attempts`].
    pub fn on_max_attempts(mut self, action: OnMaxAttempts) -> Self {
        self.work = self.work.on_max_attempts(action);
        self
    }
}

fn random_id() -> HandlerResult<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

impl<F, Fut, T> Future for TransactionStep<'_, F, Fut, T> {
    type Output = Result<T, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Wakeup<'_>) -> Poll<Self::Output> {
        let step = self.get_mut();
        if step.id.known.get().is_none() {
            let id = ready!(Pin::new(&mut step.draw).poll(cx))?;
            step.id.known.get_or_init(|| id);
        }
        Pin::new(&mut step.work).poll(cx)
    }
}

impl<F, Fut, T> fmt::Debug for TransactionStep<'_, F, Fut, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionStep").field("work", &self.work).finish_non_exhaustive()
    }
}
