//! The driver: runs one attempt of a handler between its engine and its journal.

use std::{
    future::poll_fn,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use restate_sdk_shared_core::{
    self as vm, AwaitResponse, CoreVM, NonEmptyValue, NotificationHandle, PayloadOptions, VM,
};
use tracing::{Span, info, info_span};

use super::{BeforeRun, Clock, SystemClock, Transport, wakers::Wakes};
use crate::{
    attempt::{
        convert::{FailedAt, failure, retryable},
        journal::Journal,
        message_limit::{Shortened, shorten},
        mismatch::without_values,
        number::NumberReader,
        outcome::{JOURNAL_MISMATCH, Outcome},
        replay_filter,
        runs::Stage,
        service::{HandlerFuture, HandlerRequest, Service},
        spans::AttemptSpans,
        state_machine::state_machine,
    },
    error::{Failed, HandlerError},
    escape::Escaped,
    trace::TraceParent,
    wire::{framing::FrameWalker, protocol},
};

/// Options of an attempt.
#[derive(Clone)]
#[non_exhaustive]
pub struct AttemptOptions {
    /// Version of the service protocol, 5 to 7; the newest unless set.
    pub version: u32,
    /// The clock from which sleeps and delays start; the system's unless set.
    pub clock: Arc<dyn Clock>,
    /// Whether to tell the engine what the handler waits for, each time it waits.
    pub report_awaits: bool,
    /// The longest message that the engine takes, in bytes without the header; 32 MiB unless set, the
    /// default of a Restate server. A handler that sends a longer one fails with code 413.
    pub message_limit: usize,
    /// The span that the attempt is part of, if its spans are recorded and its engine does not do it.
    pub trace: Option<TraceParent>,
    /// Whether the attempt belongs to the span in the client's `traceparent` header, if `trace` is `None` and that
    /// span is recorded: for engines that record no spans.
    pub trace_of_client: bool,
    /// A hook before `run` closures, for tests; none unless set.
    pub before_run: Option<Arc<dyn BeforeRun>>,
}

impl Default for AttemptOptions {
    fn default() -> Self {
        static CLOCK: LazyLock<Arc<SystemClock>> = LazyLock::new(Arc::default);

        Self {
            version: protocol::VERSION,
            clock: Arc::clone(&*CLOCK) as _,
            report_awaits: true,
            message_limit: 32 << 20,
            trace: None,
            trace_of_client: false,
            before_run: None,
        }
    }
}

impl std::fmt::Debug for AttemptOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttemptOptions")
            .field("version", &self.version)
            .field("report_awaits", &self.report_awaits)
            .finish_non_exhaustive()
    }
}

/// Runs one attempt of `handler`: reads the journal so far, replays it, goes on from there.
///
/// Returns when the attempt has ended and everything was handed to `transport`. Dropping the
/// future ends the attempt where it is, as a crash would.
pub async fn drive<T: Transport>(
    service: &dyn Service,
    handler: &str,
    options: AttemptOptions,
    transport: &mut T,
) -> Outcome {
    let settings = service.descriptor().settings_of(handler);
    let explicit_cancellation = settings.explicit_cancellation == Some(true);
    let mut vm = match state_machine(&options, explicit_cancellation) {
        Ok(vm) => vm,
        Err(error) => return Outcome::failed("", &error, true),
    };
    let mut received = Received::default();
    let mut number = NumberReader::default();
    let input = match receive_journal(&mut vm, transport, &mut received, &mut number).await {
        Ok(input) => input,
        Err(error) => {
            transport.send(vm.take_output());
            return Outcome::failed("", &error, true);
        }
    };
    let AttemptOptions { clock, message_limit, trace, trace_of_client, before_run, .. } = options;
    let name = service.descriptor().name();
    let of_client = || trace_of_client.then(|| recorded_by_client(&input)).flatten();
    let spans = trace
        .or_else(of_client)
        .map(|parent| AttemptSpans::new(parent, name, handler, &input.invocation_id, clock.now()));
    let number = number.number();
    let journal = Journal::new(vm, input, number, settings.encoding, clock, before_run, spans);
    let span =
        info_span!("invocation", id = journal.id(), service = service.descriptor().name(), handler);
    let mut attempt = Attempt {
        journal: &journal,
        transport,
        received,
        handler: service.handle(handler, HandlerRequest::new(&journal)),
        wakes: Arc::default(),
        waits_for: None,
        next_runs: NextRuns::default(),
        message_limit,
        hides_values: service.descriptor().has_redacted_fields(),
        has_ended: false,
        span,
    };
    let ended = poll_fn(|cx| attempt.poll(cx)).await;
    match &ended {
        Outcome::Failed { code: JOURNAL_MISMATCH, .. } => attempt.flush_mismatch(),
        _ => attempt.flush(),
    }
    let outcome = if attempt.has_ended { Outcome::Completed } else { ended };
    if let Some(spans) = journal.spans() {
        let error = match &outcome {
            Outcome::Failed { message, .. } => Some(message.clone()),
            Outcome::Completed | Outcome::Suspended => None,
        };
        spans.attempt_ended(journal.now(), error);
    }
    outcome
}

fn recorded_by_client(input: &vm::Input) -> Option<TraceParent> {
    let header =
        input.headers.iter().find(|header| header.key.eq_ignore_ascii_case("traceparent"))?;
    header.value.parse().ok().filter(|parent: &TraceParent| parent.sampled)
}

async fn receive_journal<T: Transport>(
    vm: &mut CoreVM,
    transport: &mut T,
    received: &mut Received,
    number: &mut NumberReader,
) -> Result<vm::Input, vm::Error> {
    while !vm.is_ready_to_execute()? {
        let bytes = poll_fn(|cx| transport.poll_receive(cx)).await;
        if let Some(bytes) = &bytes {
            number.read(bytes);
        }
        received.pass_on(bytes, vm);
    }
    vm.sys_input()
}

/// What the engine has sent.
#[derive(Default)]
struct Received {
    frames: FrameWalker,
    /// How many frames the state machine has not looked at, at most: it does when it is asked.
    unseen: usize,
    has_ended: bool,
}

impl Received {
    fn pass_on(&mut self, bytes: Option<Bytes>, vm: &mut CoreVM) {
        match bytes {
            Some(bytes) => {
                // The state machine reports a frame that is too long.
                self.unseen += self.frames.advance(&bytes).unwrap_or_default();
                vm.notify_input(bytes);
            }
            None => {
                self.has_ended = true;
                vm.notify_input_closed();
            }
        }
    }
}

struct Attempt<'a, T> {
    journal: &'a Journal,
    transport: &'a mut T,
    received: Received,
    handler: HandlerFuture<'a>,
    wakes: Arc<Wakes>,
    /// What the state machine last said it needs, unless that has come since. It is not asked
    /// again before: it tells the engine each time.
    waits_for: Option<WaitsFor>,
    next_runs: NextRuns,
    /// The longest message that the engine takes.
    message_limit: usize,
    /// Whether people must not see values of the handler.
    hides_values: bool,
    /// Whether the engine was told the end of the invocation, instead of a message that is too long.
    has_ended: bool,
    /// Around all that the handler logs.
    span: Span,
}

/// Runs whose closures begin together, when everything before them is durable.
#[derive(Default)]
struct NextRuns {
    runs: Vec<NotificationHandle>,
    /// Whether the state machine has no other to be executed.
    are_all: bool,
}

#[derive(Clone, Copy)]
enum WaitsFor {
    /// The engine's next bytes, or a `run` closure.
    Engine,
    /// A `run` closure; the engine sends no more.
    Handler,
}

/// How far an attempt got before it returned control.
enum Progress {
    Ended(Outcome),
    /// It waits: for the engine, for a `run` closure, or for what no journal knows of.
    Waiting,
    /// The handler keeps waking itself; others get a turn, then it goes on.
    Busy,
}

impl<T: Transport> Attempt<'_, T> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        self.wakes.enter(cx.waker());
        loop {
            match self.advance(cx) {
                Progress::Ended(outcome) => return Poll::Ready(outcome),
                Progress::Busy => {
                    self.wakes.leave();
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Progress::Waiting => {
                    if self.wakes.leave() {
                        self.journal.idle();
                        return Poll::Pending;
                    }
                    self.wakes.enter(cx.waker());
                }
            }
        }
    }

    fn advance(&mut self, cx: &mut Context<'_>) -> Progress {
        loop {
            if self.has_ended {
                return Progress::Ended(Outcome::Completed);
            }
            // The state machine is asked only once the handler has no more to do by itself: what
            // it waits for is then the same in every attempt, whatever order it is polled in.
            if let Some(progress) = self.poll_handler_until_idle() {
                return progress;
            }
            if self.next_runs.are_all {
                if self.journal.has_unsent() {
                    self.flush();
                }
                if self.transport.poll_durable(cx).is_pending() {
                    return Progress::Waiting;
                }
                let NextRuns { runs, .. } = mem::take(&mut self.next_runs);
                runs.into_iter().for_each(|run| self.journal.execute_run(run));
                continue;
            }
            match self.waits_for {
                None => {}
                Some(WaitsFor::Engine) => {
                    if !self.receive(cx) {
                        return Progress::Waiting;
                    }
                    self.waits_for = None;
                }
                Some(WaitsFor::Handler) => return Progress::Waiting,
            }
            if self.go_on_with_run() {
                continue;
            }
            let Some(awaited) = self.journal.awaited() else {
                self.flush();
                if self.has_ended || self.know_all_runs() {
                    continue;
                }
                return Progress::Waiting;
            };
            match self.journal.with_vm(|vm| vm.do_await(awaited)) {
                Ok(AwaitResponse::AnyCompleted) => {
                    // It was not complete before, so the state machine has now looked at one more frame, at least.
                    self.received.unseen = self.received.unseen.saturating_sub(1);
                    self.journal.deliver();
                }
                Ok(AwaitResponse::CancelSignalReceived) => self.journal.deliver_cancellation(),
                Ok(AwaitResponse::ExecuteRun(run)) => {
                    self.received.unseen = 0;
                    self.begin_run(run);
                }
                Ok(AwaitResponse::WaitingExternalProgress { waiting_input, .. }) => {
                    self.received.unseen = 0;
                    self.wait_for(if waiting_input { WaitsFor::Engine } else { WaitsFor::Handler });
                }
                Ok(AwaitResponse::EphemeralNotificationReady(_)) => {
                    unreachable!("no operation here asks for ephemeral notifications")
                }
                Err(error) if error.is_suspended_error() => {
                    return Progress::Ended(Outcome::Suspended);
                }
                Err(error) => return Progress::Ended(self.failed(&error)),
            }
        }
    }

    /// Does what the state machine is bound to say, without asking it: only a run is awaited, and
    /// nothing has come that it has not seen. For each run of a sequence, that saves two of three
    /// questions, and a message to the engine about an acknowledgement that is on its way.
    ///
    /// Not in a replay: the start of the journal is unseen until the state machine waits for more.
    fn go_on_with_run(&mut self) -> bool {
        if self.received.unseen > 0 {
            return false;
        }
        match self.journal.only_run() {
            Some((run, Stage::Recorded)) => {
                self.begin_run(run);
                self.know_all_runs();
                true
            }
            Some((_, Stage::Proposed)) if !self.received.has_ended => {
                self.wait_for(WaitsFor::Engine);
                true
            }
            _ => false,
        }
    }

    /// Has the closure of a run executed: at once, if it has no effects outside.
    ///
    /// Otherwise, it must not begin while a crash could take back what it depends on: the next attempt
    /// would execute it with other inputs.
    fn begin_run(&mut self, run: NotificationHandle) {
        if self.journal.run_has_effects(run) {
            self.next_runs.runs.push(run);
        } else {
            self.journal.execute_run(run);
        }
    }

    /// The state machine has no other run to be executed. False if there is none at all.
    fn know_all_runs(&mut self) -> bool {
        self.next_runs.are_all = !self.next_runs.runs.is_empty();
        self.next_runs.are_all
    }

    fn wait_for(&mut self, whom: WaitsFor) {
        if !self.know_all_runs() {
            self.flush();
            self.waits_for = Some(whom);
        }
    }

    /// Polls the handler until nothing wakes it any more; `None` when it is idle.
    fn poll_handler_until_idle(&mut self) -> Option<Progress> {
        const POLLS_IN_A_ROW: usize = 512;

        let waker = Waker::from(Arc::clone(&self.wakes));
        for _ in 0..POLLS_IN_A_ROW {
            if !self.wakes.take() {
                return None;
            }
            self.waits_for = None;
            let mut cx = Context::from_waker(&waker);
            let handler = self.handler.as_mut();
            let poll = || catch_unwind(AssertUnwindSafe(|| handler.poll(&mut cx)));
            let is_replaying = !self.span.is_disabled() && self.journal.is_replaying();
            let polled = self
                .span
                .in_scope(|| if is_replaying { replay_filter::during(poll) } else { poll() });
            // First, because an operation that failed decides, whatever the handler made of it.
            if let Some(error) = self.journal.take_failure() {
                return Some(Progress::Ended(self.failed(&error)));
            }
            match polled {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(result)) => return Some(Progress::Ended(self.finish(result))),
                Err(panic) => {
                    let error = format!("the handler panicked: {}", panic_message(&*panic));
                    return Some(Progress::Ended(self.finish(Err(error.into()))));
                }
            }
        }
        Some(Progress::Busy)
    }

    /// Takes what the engine has sent; false if that is nothing yet.
    fn receive(&mut self, cx: &mut Context<'_>) -> bool {
        let Poll::Ready(bytes) = self.transport.poll_receive(cx) else { return false };
        self.journal.with_vm(|vm| self.received.pass_on(bytes, vm));
        true
    }

    fn finish(&mut self, result: Result<Bytes, HandlerError>) -> Outcome {
        /// Bytes of a response that is sent before what follows it: together they would be copied.
        const LONG: usize = 16 << 10;

        let result = match (result, self.journal.take_unseen_failure()) {
            (Ok(_), Some(unseen)) => Err(unseen.into()),
            (result, _) => result,
        };
        let output = match result.map_err(HandlerError::into_parts) {
            Ok(response) => NonEmptyValue::Success(response),
            Err(Failed::Terminal { error, chain }) => {
                if let Some(chain) = chain {
                    let _entered = self.span.enter();
                    info!("the handler failed for good: {}", Escaped(chain));
                }
                NonEmptyValue::Failure(failure(&error))
            }
            Err(Failed::Retryable { error, next }) => {
                let at = FailedAt { step: None, attempt: self.journal.attempt_number() };
                let error = retryable(&*error, next, &at);
                let outcome = self.failed(&error);
                self.journal.with_vm(|vm| vm.notify_error(error, None));
                return outcome;
            }
        };
        if let Some(encoding) = self.journal.response_encoding() {
            self.transport.responds_in(encoding);
        }
        let is_long = matches!(&output, NonEmptyValue::Success(bytes) if bytes.len() >= LONG);
        let written =
            self.journal.with_vm(|vm| vm.sys_write_output(output, PayloadOptions::default()));
        if is_long {
            self.flush();
        }
        let ended = written.and_then(|()| self.journal.with_vm(VM::sys_end));
        ended.map_or_else(|error| self.failed(&error), |()| Outcome::Completed)
    }

    fn failed(&self, error: &vm::Error) -> Outcome {
        Outcome::failed(self.journal.id(), error, self.hides_values)
    }

    /// As [`flush`](Self::flush), of an attempt that has departed from its journal.
    fn flush_mismatch(&mut self) {
        let output = self.journal.take_output();
        if !output.is_empty() {
            self.transport.send(without_values(output, self.hides_values));
        }
    }

    fn flush(&mut self) {
        let output = self.journal.take_output();
        if output.is_empty() || self.has_ended {
            return;
        }
        // In output below the limit, no message can be over it.
        let is_long = output.len() > self.message_limit;
        match is_long.then(|| shorten(&output, self.message_limit)).flatten() {
            None => self.transport.send(output),
            Some(Shortened { before, end }) => {
                self.has_ended = true;
                self.transport.send(before);
                self.transport.send(end);
            }
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => message,
        (_, Some(message)) => message,
        _ => "no message",
    }
}
