//! Closures whose results are journaled.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use restate_sdk_shared_core::{RunExitResult, Value};
use tracing::{Span, info, info_span};

use crate::{
    attempt::{
        Held,
        closures::ClosureOf,
        convert::{FailedAt, after, failure, own_value, retryable, run_retry_policy},
        durable::AwaitedNotification,
        journal::Journal,
        runs::RunEffects,
    },
    contract::{retry_policy::RetryPolicy, settings::OnMaxAttempts},
    error::{Failed, HandlerError, HandlerResult, TerminalError},
    escape::Escaped,
    payload::Payload,
};

/// A closure that runs when this is awaited, unless the journal holds its result.
#[must_use = "the closure does not run until this is awaited"]
pub struct Run<'a, F, Fut, T> {
    journal: &'a Journal,
    name: String,
    /// Its place among the runs of the invocation, known from the first poll on.
    place: usize,
    retry_policy: RetryPolicy,
    max_duration: Option<Duration>,
    on_max_attempts: OnMaxAttempts,
    effects: RunEffects,
    /// Waits for the stored result; `None` before the first poll.
    result: Option<AwaitedNotification<'a>>,
    closure: Closure<F, Fut>,
    steps: Steps<F, Fut, T>,
}

/// The steps from the closure to its result, as function pointers.
///
/// Known where `run` is called, so that a closure that does not fit is an error there, and not once
/// more where it is awaited.
struct Steps<F, Fut, T> {
    start: fn(F) -> Fut,
    poll: fn(Pin<&mut Fut>, &mut Context<'_>) -> Poll<HandlerResult<T>>,
    encode: fn(&T) -> HandlerResult<Bytes>,
    decode: fn(Value) -> Result<T, TerminalError>,
}

enum Closure<F, Fut> {
    NotStarted(F),
    Held { started: Duration, closure: F, held: Held },
    Executing { started: Duration, future: Pin<Box<Fut>>, span: Span },
    Finished,
}

impl<'a, F, Fut, T> Run<'a, F, Fut, T>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = HandlerResult<T>>,
    T: Payload,
{
    pub(crate) fn new(journal: &'a Journal, closure: F) -> Self {
        Self {
            journal,
            name: String::new(),
            place: 0,
            retry_policy: RetryPolicy::new(),
            max_duration: None,
            on_max_attempts: OnMaxAttempts::Kill,
            effects: RunEffects::Possible,
            result: None,
            closure: Closure::NotStarted(closure),
            steps: Steps { start: |closure| closure(), poll: Fut::poll, encode, decode: own_value },
        }
    }
}

impl<F, Fut, T> Run<'_, F, Fut, T> {
    /// Names the journal entry, for those who look at the journal. Part of what replay compares.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How often and how fast the closure is retried when it fails with an error that is not
    /// terminal; after the last attempt the error becomes terminal.
    ///
    /// Without a policy the closure is retried without limit, as fast as the engine retries handlers. In a
    /// policy the first delay is 50 ms and the factor 2 unless set. No delay is longer than a year. An error
    /// can choose its own delay, within the limits of the policy: [`HandlerError::retry_after`].
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Makes the error terminal once retrying has taken this long.
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// Decides what happens after the last attempt: by default the error becomes terminal.
    ///
    /// [`OnMaxAttempts::Pause`] needs version 7 of the service protocol.
    pub fn on_max_attempts(mut self, action: OnMaxAttempts) -> Self {
        self.on_max_attempts = action;
        self
    }

    /// Marks a closure that only reads or computes, so that it begins at once.
    ///
    /// Without this mark, the embedded engine lets a closure begin only when everything that the
    /// invocation has done before it is on disk, which takes one sync of the disk: no crash can take back
    /// what the closure has acted on, and once begun, it is never executed with other inputs.
    ///
    /// With it, a crash may take back what was done before the closure, while its result is lost too: the
    /// next attempt may execute it with other inputs. That is right for closures that nobody outside
    /// notices, such as queries, and wrong for those that write, send or pay. On a Restate server, the
    /// mark has no effect: closures begin at once there.
    ///
    /// ```
    /// # use restate_core::{Context, HandlerResult};
    /// # async fn handler(ctx: Context<'_>) -> HandlerResult<u64> {
    /// let length = ctx.run(|| async { Ok(std::fs::metadata("input.csv")?.len()) }).read_only().await?;
    /// # Ok(length)
    /// # }
    /// ```
    pub fn read_only(mut self) -> Self {
        self.effects = RunEffects::None;
        self
    }
}

// Nothing in here is pinned but the closure's future, in a box of its own.
impl<F, Fut, T> Unpin for Run<'_, F, Fut, T> {}

impl<F, Fut, T> Future for Run<'_, F, Fut, T> {
    type Output = Result<T, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let run = self.get_mut();
        let mut result = run.result.take().unwrap_or_else(|| {
            let name = run.name.clone();
            run.place = run.journal.next_run();
            AwaitedNotification::new(run.journal, run.journal.record_run(name, run.effects))
        });
        run.start_if_asked_for(&result);
        run.release(&result, cx);
        run.execute(&result, cx);
        // Polled while the closure executes too, so that a cancellation reaches this future.
        let polled = result.poll_value(cx);
        run.result = Some(result);
        Poll::Ready(ready!(polled).and_then(run.steps.decode))
    }
}

impl<F, Fut, T> Run<'_, F, Fut, T> {
    fn start_if_asked_for(&mut self, result: &AwaitedNotification<'_>) {
        if !result.handle().is_some_and(|handle| self.journal.take_run_to_execute(handle)) {
            return;
        }
        if let Closure::NotStarted(closure) = mem::replace(&mut self.closure, Closure::Finished) {
            let started = self.journal.now();
            match self.journal.hold(&self.name, self.place) {
                Some(held) => self.closure = Closure::Held { started, closure, held },
                None => self.start(result, started, closure),
            }
        }
    }

    fn start(&mut self, result: &AwaitedNotification<'_>, started: Duration, closure: F) {
        let span = info_span!("run", name = self.name);
        let start = || Box::pin((self.steps.start)(closure));
        match span.in_scope(|| self.journal.inside(ClosureOf::Run, start)) {
            Ok(future) => self.closure = Closure::Executing { started, future, span },
            Err(misuse) => self.propose(result, started, Err(misuse.into())),
        }
    }

    /// Starts the closure once nothing holds it up any more.
    fn release(&mut self, result: &AwaitedNotification<'_>, cx: &mut Context<'_>) {
        let Closure::Held { held, .. } = &mut self.closure else { return };
        let Poll::Ready(outcome) = held.as_mut().poll(cx) else { return };
        let Closure::Held { started, closure, .. } =
            mem::replace(&mut self.closure, Closure::Finished)
        else {
            return;
        };
        match outcome {
            Ok(()) => self.start(result, started, closure),
            Err(error) => self.propose(result, started, Err(error)),
        }
    }

    fn execute(&mut self, result: &AwaitedNotification<'_>, cx: &mut Context<'_>) {
        let Closure::Executing { started, future, span } = &mut self.closure else { return };
        let started = *started;
        let Steps { poll, encode, .. } = self.steps;
        let inside = || self.journal.inside(ClosureOf::Run, || poll(future.as_mut(), cx));
        let returned = match span.in_scope(inside) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(returned)) => returned.and_then(|value| encode(&value)),
            Err(misuse) => Err(misuse.into()),
        };
        self.closure = Closure::Finished;
        self.propose(result, started, returned);
    }

    fn propose(
        &self,
        result: &AwaitedNotification<'_>,
        started: Duration,
        returned: HandlerResult<Bytes>,
    ) {
        let Some(handle) = result.handle() else { return };
        self.show_span(started, &returned);
        let delay = returned.as_ref().err().and_then(HandlerError::delay);
        let exit = self.exit(returned, self.journal.now().saturating_sub(started));
        let policy = run_retry_policy(self.retry_policy, self.max_duration, self.on_max_attempts);
        let policy = match delay {
            Some(delay) => after(delay, policy),
            None => policy,
        };
        self.journal.propose(handle, exit, policy);
    }

    /// Shows that the closure has executed, unless it will be executed again.
    fn show_span(&self, started: Duration, returned: &HandlerResult<Bytes>) {
        let Some(spans) = self.journal.spans() else { return };
        let error = match returned {
            Ok(_) => None,
            Err(error) if error.is_terminal() => Some(error.to_string()),
            Err(_) => return,
        };
        spans.run_ended(self.place, &self.name, started, self.journal.now(), error);
    }

    fn exit(&self, result: HandlerResult<Bytes>, attempt_duration: Duration) -> RunExitResult {
        match result {
            Ok(bytes) => RunExitResult::Success(bytes),
            Err(error) => match error.into_parts() {
                Failed::Terminal { error, chain } => {
                    if let Some(chain) = chain {
                        info!("{} failed for good: {}", Escaped(self.step()), Escaped(chain));
                    }
                    RunExitResult::TerminalFailure(failure(&error))
                }
                Failed::Retryable { error, next } => RunExitResult::RetryableFailure {
                    attempt_duration,
                    error: retryable(&*error, next, &self.failed_at()),
                },
            },
        }
    }

    fn failed_at(&self) -> FailedAt {
        FailedAt { step: Some(self.step()), attempt: self.journal.attempt_number() }
    }

    fn step(&self) -> String {
        match &*self.name {
            "" => format!("run step {} of the handler", self.place + 1),
            name => format!("run step `{name}`"),
        }
    }
}

fn encode<T: Payload>(value: &T) -> HandlerResult<Bytes> {
    Ok(value
        .encode(T::FORMAT.preferred())
        .map_err(|error| TerminalError::new(format!("cannot keep the result of `run`: {error}")))?)
}

impl<F, Fut, T> fmt::Debug for Run<'_, F, Fut, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("name", &self.name).finish_non_exhaustive()
    }
}
