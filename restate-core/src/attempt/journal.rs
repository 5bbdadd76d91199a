//! The journal of an attempt, which the handler's operations and the driver share.

mod request;

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use restate_sdk_shared_core::{
    self as vm, CoreVM, Input, NotificationHandle, RetryPolicy, RunExitResult, State,
    UnresolvedFuture, VM, Value,
};

use crate::{
    attempt::{
        BeforeRun, Clock, Held,
        cleared_keys::ClearedKeys,
        closures::{ClosureOf, Inside},
        groups::Groups,
        number::AttemptNumber,
        replay_filter,
        runs::{RunEffects, Runs, Stage},
        spans::AttemptSpans,
    },
    error::TerminalError,
    invocation_id::InvocationId,
    payload::Encoding,
    wire::protocol::Combinator,
};

/// The journal of an attempt, with the request and the identity of its invocation.
///
/// Handlers reach it through their context; code outside this crate only passes it on.
pub struct Journal {
    id: String,
    key: String,
    headers: Vec<vm::Header>,
    input: Bytes,
    scope: Option<String>,
    limit_key: Option<String>,
    idempotency_key: Option<String>,
    /// How the contract has messages encoded.
    encoding: Option<Encoding>,
    clock: Arc<dyn Clock>,
    before_run: Option<Arc<dyn BeforeRun>>,
    /// `None` if its spans are not recorded, or its engine records them.
    spans: Option<AttemptSpans>,
    state: Mutex<JournalState>,
}

/// The state machine, and what the handler waits for.
///
/// Behind a lock, because contexts are `Send`. The handler and the driver are polled by one task, so the
/// lock is practically never contended.
struct JournalState {
    vm: CoreVM,
    waiters: Vec<Waiter>,
    groups: Groups,
    runs: Runs,
    /// Whether something was recorded since the output was last sent, other than commands to run.
    is_unsent: bool,
    /// How many runs the handler has come to.
    runs_reached: usize,
    attempt: AttemptNumber,
    /// Whether the code being executed is a closure, and which forbidden operation it has used.
    inside: Inside,
    /// The failure of an operation that the handler has not seen; it decides the invocation's outcome.
    unseen_failure: Option<TerminalError>,
    /// The state machine has failed this attempt; no operation has an effect any more.
    failed: Option<vm::Error>,
    response_encoding: Option<Encoding>,
    cleared: ClearedKeys,
    /// Ids of other invocations that were asked for; a notification can be taken only once.
    known_ids: Vec<(NotificationHandle, InvocationId)>,
    random: Xoshiro256PlusPlus,
}

struct Waiter {
    handle: NotificationHandle,
    waker: Waker,
    delivered: Option<Result<Value, TerminalError>>,
}

impl Journal {
    pub(crate) fn new(
        vm: CoreVM,
        input: Input,
        attempt: AttemptNumber,
        encoding: Option<Encoding>,
        clock: Arc<dyn Clock>,
        before_run: Option<Arc<dyn BeforeRun>>,
        spans: Option<AttemptSpans>,
    ) -> Self {
        Self {
            id: input.invocation_id,
            key: input.key,
            headers: input.headers,
            input: input.input,
            scope: input.scope,
            limit_key: input.limit_key,
            idempotency_key: input.idempotency_key,
            encoding,
            clock,
            before_run,
            spans,
            state: Mutex::new(JournalState {
                vm,
                waiters: Vec::new(),
                groups: Groups::default(),
                runs: Runs::default(),
                is_unsent: false,
                runs_reached: 0,
                attempt,
                inside: Inside::Handler,
                unseen_failure: None,
                failed: None,
                response_encoding: None,
                cleared: ClearedKeys::default(),
                known_ids: Vec::new(),
                // Replays depend on this algorithm.
                random: Xoshiro256PlusPlus::seed_from_u64(input.random_seed),
            }),
        }
    }

    /// The encoding of the handler's response, once it has one.
    pub(crate) fn response_encoding(&self) -> Option<Encoding> {
        self.lock().response_encoding
    }

    pub(crate) fn set_response_encoding(&self, encoding: Encoding) {
        self.lock().response_encoding = Some(encoding);
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The spans of this attempt, if they are recorded here.
    pub(crate) fn spans(&self) -> Option<&AttemptSpans> {
        self.spans.as_ref()
    }

    /// Performs `operation` on the state machine; `None` if that fails, which ends the attempt.
    ///
    /// `name` names the operation in the error for its misuse inside a closure.
    pub(crate) fn record<T>(
        &self,
        name: &'static str,
        operation: impl FnOnce(&mut CoreVM) -> Result<T, vm::Error>,
    ) -> Option<T> {
        let mut state = self.lock();
        if state.failed.is_some() || state.refuse_inside_closure(name) {
            return None;
        }
        let commands = state.vm.last_command_index();
        let is_processing = state.vm.state() == State::Processing;
        match operation(&mut state.vm) {
            Ok(value) => {
                if is_processing && state.vm.last_command_index() != commands {
                    state.attempt.journal_grew();
                    state.is_unsent = true;
                }
                if state.vm.state() != State::Replaying {
                    replay_filter::end();
                }
                Some(value)
            }
            Err(error) => {
                state.failed = Some(error);
                None
            }
        }
    }

    /// Keeps a failure that the handler has not looked at; it ends the invocation.
    pub(crate) fn keep_failure(&self, failure: TerminalError) {
        self.lock().unseen_failure.get_or_insert(failure);
    }

    pub(crate) fn poll_notification(
        &self,
        handle: NotificationHandle,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Value, TerminalError>> {
        let mut state = self.lock();
        if state.failed.is_some() || state.refuse_inside_closure("awaiting a durable operation") {
            return Poll::Pending;
        }
        if let Some(at) = state.position(handle) {
            if state.waiters[at].delivered.is_none() {
                state.waiters[at].waker.clone_from(cx.waker());
                return Poll::Pending;
            }
            let waiter = state.waiters.remove(at);
            state.runs.remove(handle);
            return waiter.delivered.map_or(Poll::Pending, Poll::Ready);
        }
        // The notification may have arrived before this first poll; `is_completed` is cheaper than a
        // `take_notification` that returns nothing.
        if state.vm.is_completed(handle)
            && let Some(value) = state.take(handle)
        {
            state.runs.remove(handle);
            return Poll::Ready(Ok(value));
        }
        state.waiters.push(Waiter { handle, waker: cx.waker().clone(), delivered: None });
        Poll::Pending
    }

    pub(crate) fn stop_waiting(&self, handle: NotificationHandle) {
        let mut state = self.lock();
        state.runs.remove(handle);
        if let Some(at) = state.position(handle) {
            state.waiters.remove(at);
        }
    }

    /// Has these waited for together from now on, as long as anybody waits for them.
    pub(crate) fn group(&self, combinator: Combinator, handles: Vec<NotificationHandle>) {
        self.lock().groups.push(combinator, handles);
    }

    /// The number of this attempt, for the errors that it reports.
    pub(crate) fn attempt_number(&self) -> u32 {
        self.lock().attempt.get()
    }

    /// The place of the run that the handler has come to, among all of its runs.
    pub(crate) fn next_run(&self) -> usize {
        let mut state = self.lock();
        state.runs_reached += 1;
        state.runs_reached - 1
    }

    /// What the closure of a run has to wait for.
    pub(crate) fn hold(&self, name: &str, place: usize) -> Option<Held> {
        self.before_run.as_ref()?.hold(name, place)
    }

    /// Tells those who hold up runs that nothing else happens for now.
    pub(crate) fn idle(&self) {
        if let Some(before_run) = &self.before_run {
            before_run.idle();
        }
    }

    /// Records a run; its result is what the handle stands for.
    pub(crate) fn record_run(
        &self,
        name: String,
        effects: RunEffects,
    ) -> Option<NotificationHandle> {
        let was_unsent = self.lock().is_unsent;
        let run = self.record("`run`", |vm| vm.sys_run(name))?;
        let mut state = self.lock();
        state.is_unsent = was_unsent;
        if !run.replayed {
            state.runs.insert(run.handle, effects);
        }
        Some(run.handle)
    }

    /// Whether something is not sent that a closure may depend on which begins now. Its own command is
    /// not: a crash before that is stored leads to the same closure again.
    pub(crate) fn has_unsent(&self) -> bool {
        self.lock().is_unsent
    }

    /// What is to be sent now.
    pub(crate) fn take_output(&self) -> Bytes {
        let mut state = self.lock();
        state.is_unsent = false;
        state.vm.take_output()
    }

    /// Whether the closure of this run may change something outside.
    pub(crate) fn run_has_effects(&self, handle: NotificationHandle) -> bool {
        self.lock().runs.has_effects(handle)
    }

    /// Whether the closure of this run is to be executed now; true once.
    pub(crate) fn take_run_to_execute(&self, handle: NotificationHandle) -> bool {
        self.lock().runs.advance(handle, Stage::Due, Stage::Executing)
    }

    /// Tells the engine what the closure of this run has come to.
    pub(crate) fn propose(
        &self,
        handle: NotificationHandle,
        exit: RunExitResult,
        policy: RetryPolicy,
    ) {
        let proposed = self.record("`run`", |vm| vm.propose_run_completion(handle, exit, policy));
        let mut state = self.lock();
        state.runs.advance(handle, Stage::Executing, Stage::Proposed);
        state.is_unsent = true;
        if proposed.is_some() {
            state.attempt.journal_grew();
        }
    }

    /// The one thing that is awaited, if that is a run.
    pub(crate) fn only_run(&self) -> Option<(NotificationHandle, Stage)> {
        let state = self.lock();
        let mut waiting = state.waiting();
        match (waiting.next(), waiting.next()) {
            (Some(only), None) => Some((only, state.runs.stage(only)?)),
            _ => None,
        }
    }

    pub(crate) fn known_id(&self, handle: NotificationHandle) -> Option<InvocationId> {
        let state = self.lock();
        state.known_ids.iter().find(|(known, _)| *known == handle).map(|(_, id)| id.clone())
    }

    pub(crate) fn remember_id(&self, handle: NotificationHandle, id: InvocationId) {
        self.lock().known_ids.push((handle, id));
    }

    /// Draws from the invocation's randomness; not to be used in a `run` closure, which is not
    /// executed in every attempt.
    pub(crate) fn with_random<T>(&self, draw: impl FnOnce(&mut Xoshiro256PlusPlus) -> T) -> T {
        let mut state = self.lock();
        if let Inside::Closure(ClosureOf::Run) = state.inside {
            state.refuse_inside_closure("`rand`");
        }
        draw(&mut state.random)
    }

    /// Executes a closure; an operation of the context in there becomes its terminal failure.
    pub(crate) fn inside<T>(
        &self,
        closure: ClosureOf,
        execute: impl FnOnce() -> T,
    ) -> Result<T, TerminalError> {
        let outer = mem::replace(&mut self.lock().inside, Inside::Closure(closure));
        let value = execute();
        match mem::replace(&mut self.lock().inside, outer) {
            Inside::Misused(closure, operation) => Err(closure.misused(operation)),
            Inside::Handler | Inside::Closure(_) => Ok(value),
        }
    }

    /// Passes what the state machine says is complete on to those who wait for it.
    pub(crate) fn deliver(&self) {
        let mut state = self.lock();
        let is_only = state.waiters.len() == 1;
        for at in 0..state.waiters.len() {
            let handle = state.waiters[at].handle;
            if state.waiters[at].delivered.is_none()
                && (is_only || state.vm.is_completed(handle))
                && let Some(value) = state.take(handle)
            {
                state.waiters[at].deliver(Ok(value));
            }
        }
    }

    /// Ends everything that is awaited now with code 409.
    pub(crate) fn deliver_cancellation(&self) {
        let mut state = self.lock();
        for waiter in state.waiters.iter_mut().filter(|waiter| waiter.delivered.is_none()) {
            waiter.deliver(Err(TerminalError::with_code(409, "cancelled")));
        }
    }

    /// Has the closure of this run executed when its future is polled next.
    pub(crate) fn execute_run(&self, handle: NotificationHandle) {
        let mut state = self.lock();
        if state.runs.advance(handle, Stage::Recorded, Stage::Due)
            && let Some(at) = state.position(handle)
        {
            state.waiters[at].waker.wake_by_ref();
        }
    }

    /// Everything awaited now, in the order in which it was first polled; `None` if nothing is.
    pub(crate) fn awaited(&self) -> Option<UnresolvedFuture> {
        let mut state = self.lock();
        let mut waiting = state.waiting();
        let (first, second) = (waiting.next()?, waiting.next());
        if second.is_none() && state.groups.is_empty() {
            return Some(UnresolvedFuture::Single(first));
        }
        let mut handles: Vec<_> = [first].into_iter().chain(second).chain(waiting).collect();
        let together = state.groups.take_from(&mut handles);
        let alone = handles.into_iter().map(UnresolvedFuture::Single);
        Some(UnresolvedFuture::FirstCompleted(alone.chain(together).collect()))
    }

    /// Whether the handler repeats what an earlier attempt has done.
    pub(crate) fn is_replaying(&self) -> bool {
        self.lock().vm.state() == State::Replaying
    }

    pub(crate) fn with_vm<T>(&self, operation: impl FnOnce(&mut CoreVM) -> T) -> T {
        operation(&mut self.lock().vm)
    }

    /// Follows which keys of the state are cleared.
    pub(crate) fn with_cleared_keys(&self, change: impl FnOnce(&mut ClearedKeys)) {
        change(&mut self.lock().cleared);
    }

    pub(crate) fn take_failure(&self) -> Option<vm::Error> {
        self.lock().failed.take()
    }

    pub(crate) fn take_unseen_failure(&self) -> Option<TerminalError> {
        self.lock().unseen_failure.take()
    }

    fn lock(&self) -> MutexGuard<'_, JournalState> {
        // A panic in a handler may poison the lock. It ends the attempt, and the journal up to there is
        // consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JournalState {
    fn refuse_inside_closure(&mut self, operation: &'static str) -> bool {
        match self.inside {
            Inside::Handler => return false,
            Inside::Closure(closure) => self.inside = Inside::Misused(closure, operation),
            Inside::Misused(..) => {}
        }
        true
    }

    fn position(&self, handle: NotificationHandle) -> Option<usize> {
        self.waiters.iter().position(|waiter| waiter.handle == handle)
    }

    /// The handles that are awaited now, in the order in which they were first polled.
    fn waiting(&self) -> impl Iterator<Item = NotificationHandle> {
        let waiters = self.waiters.iter().filter(|waiter| waiter.delivered.is_none());
        waiters.map(|waiter| waiter.handle)
    }

    fn take(&mut self, handle: NotificationHandle) -> Option<Value> {
        match self.vm.take_notification(handle) {
            Ok(Some(Value::StateKeys(keys))) => {
                Some(Value::StateKeys(self.cleared.removed_from(handle, keys)))
            }
            Ok(value) => value,
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
}

impl Waiter {
    fn deliver(&mut self, result: Result<Value, TerminalError>) {
        self.delivered = Some(result);
        self.waker.wake_by_ref();
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("id", &self.id).finish_non_exhaustive()
    }
}
