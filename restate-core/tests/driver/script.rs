//! The engine's side of one invocation, scripted message by message.

mod notifications;

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use restate_core::{
    Encoding, ObjectContext, Service, WorkflowContext,
    attempt::{
        AttemptOptions, BeforeRun, Clock, HandlerFuture, HandlerRequest, Outcome, Transport, drive,
    },
    contract::ServiceDescriptor,
    trace::TraceParent,
    wire::{
        framing::{Decoder, Frame},
        protocol::{self, Header, InputCommand, MessageType, NotificationResult, Start, Value},
    },
};

use crate::transcript;

/// The time every script begins at, in milliseconds since the epoch.
pub const NOW: u64 = 1_000_000;

/// A handler under test.
pub trait Handler:
    for<'a> Fn(ObjectContext<'a>, Bytes) -> HandlerFuture<'a> + Send + Sync + 'static
{
}

impl<F> Handler for F where
    F: for<'a> Fn(ObjectContext<'a>, Bytes) -> HandlerFuture<'a> + Send + Sync + 'static
{
}

struct TestService<F>(F);

impl<F: Handler> Service for TestService<F> {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object("Test", &[]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx, input: Bytes| (self.0)(ctx, input))
    }
}

struct TestWorkflow<F>(F);

impl<F> Service for TestWorkflow<F>
where
    F: for<'a> Fn(WorkflowContext<'a>, Bytes) -> HandlerFuture<'a> + Send + Sync + 'static,
{
    fn descriptor(&self) -> &'static ServiceDescriptor {
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::workflow("Test", &[]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx, input: Bytes| (self.0)(ctx, input))
    }
}

/// Stands still, unless a test moves it; in milliseconds since the epoch.
#[derive(Clone)]
struct TestClock(Arc<AtomicU64>);

impl Clock for TestClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Wire {
    to_handler: VecDeque<Bytes>,
    closed: bool,
    from_handler: Vec<Bytes>,
    response_encoding: Option<Encoding>,
    sync_is_under_way: bool,
}

#[derive(Clone, Default)]
struct ScriptedTransport(Arc<Mutex<Wire>>);

impl Transport for ScriptedTransport {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut wire = self.0.lock().unwrap();
        match wire.to_handler.pop_front() {
            Some(bytes) => Poll::Ready(Some(bytes)),
            None if wire.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn poll_durable(&mut self, _: &mut Context<'_>) -> Poll<()> {
        if self.0.lock().unwrap().sync_is_under_way { Poll::Pending } else { Poll::Ready(()) }
    }

    fn responds_in(&mut self, encoding: Encoding) {
        self.0.lock().unwrap().response_encoding = Some(encoding);
    }

    fn send(&mut self, bytes: Bytes) {
        self.0.lock().unwrap().from_handler.push(bytes);
    }
}

/// One invocation: its journal, and the attempt that runs now.
pub struct Script {
    service: Arc<dyn Service>,
    version: u32,
    report_awaits: bool,
    /// The span that attempts are part of from now on.
    pub trace: Option<TraceParent>,
    pub trace_of_client: bool,
    /// The hook of attempts from now on.
    pub before_run: Option<Arc<dyn BeforeRun>>,
    message_limit: usize,
    clock: TestClock,
    key: String,
    /// Scope, limit key and idempotency key.
    called_with: [Option<String>; 3],
    state: Vec<(Bytes, Bytes)>,
    journal: Vec<Frame>,
    failures: u32,
    unacknowledged: Vec<(u32, NotificationResult)>,
    wire: ScriptedTransport,
    running: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    outcome: Option<Outcome>,
}

impl Script {
    /// A new invocation of `handler`, called with `input`.
    pub fn start(input: &'static str, handler: impl Handler) -> Self {
        Self::replay([], input, handler)
    }

    /// An invocation with this journal after its input.
    pub fn replay(
        journal: impl IntoIterator<Item = Frame>,
        input: &'static str,
        handler: impl Handler,
    ) -> Self {
        Self::replay_service(journal, input, TestService(handler))
    }

    /// A new invocation of the `run` handler of a workflow.
    pub fn workflow<F>(input: &'static str, handler: F) -> Self
    where
        F: for<'a> Fn(WorkflowContext<'a>, Bytes) -> HandlerFuture<'a> + Send + Sync + 'static,
    {
        Self::replay_service([], input, TestWorkflow(handler))
    }

    /// A new invocation of a service that decodes its request itself.
    pub fn start_service(input: &'static str, service: impl Service) -> Self {
        Self::replay_service([], input, service)
    }

    fn replay_service(
        journal: impl IntoIterator<Item = Frame>,
        input: &'static str,
        service: impl Service,
    ) -> Self {
        let input = InputCommand {
            value: Some(Value { content: Bytes::from_static(input.as_bytes()) }),
            ..InputCommand::default()
        };
        let mut script = Self {
            service: Arc::new(service),
            version: protocol::VERSION,
            report_awaits: false,
            trace: None,
            trace_of_client: false,
            before_run: None,
            message_limit: usize::MAX,
            clock: TestClock(Arc::new(NOW.into())),
            key: "key".to_owned(),
            called_with: [None, None, None],
            state: Vec::new(),
            journal: [Frame::new(&input)].into_iter().chain(journal).collect(),
            failures: 0,
            unacknowledged: Vec::new(),
            wire: ScriptedTransport::default(),
            running: Box::pin(async { Outcome::Suspended }),
            outcome: None,
        };
        script.next_attempt();
        script
    }

    /// The same invocation, of the object with this key.
    pub fn with_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self.next_attempt();
        self
    }

    /// The same invocation, called with a scope, a limit key and an idempotency key.
    pub fn called_with(mut self, keys: [&str; 3]) -> Self {
        self.called_with = keys.map(|key| Some(key.to_owned()));
        self.next_attempt();
        self
    }

    /// The same invocation, with state in its object from the start.
    pub fn with_state(mut self, key: &'static str, value: &'static str) -> Self {
        self.state.push((Bytes::from_static(key.as_bytes()), Bytes::from_static(value.as_bytes())));
        self.next_attempt();
        self
    }

    /// The same invocation, with headers in its request.
    pub fn with_headers<const N: usize>(mut self, headers: [(&str, &str); N]) -> Self {
        let mut input: InputCommand = self.journal[0].decode().unwrap();
        input.headers = headers
            .map(|(key, value)| Header { key: key.to_owned(), value: value.to_owned() })
            .to_vec();
        self.journal[0] = Frame::new(&input);
        self.next_attempt();
        self
    }

    /// The same invocation, spoken to in an older version of the protocol.
    pub fn with_version(mut self, version: u32) -> Self {
        self.version = version;
        self.next_attempt();
        self
    }

    /// The same invocation, on an engine with this limit.
    pub fn with_message_limit(mut self, bytes: usize) -> Self {
        self.message_limit = bytes;
        self.next_attempt();
        self
    }

    /// The same invocation, which reports the operations that it awaits.
    pub fn reporting_awaits(mut self) -> Self {
        self.report_awaits = true;
        self.next_attempt();
        self
    }

    /// Ends the attempt where it is, as a crash would, and replays the journal in the next one.
    pub fn crash(&mut self) {
        self.next_attempt();
    }

    /// The attempt has failed, and this many before it since the journal last grew; the next one starts.
    pub fn retry(&mut self, failures: u32) {
        self.failures = failures;
        self.next_attempt();
    }

    /// Ends the attempt as a crash would that also loses the messages nobody has received.
    pub fn crash_unheard(&mut self) {
        self.poll();
        self.next_attempt();
    }

    /// Time passes.
    pub fn pass(&mut self, millis: u64) {
        self.clock.0.fetch_add(millis, Ordering::Relaxed);
    }

    /// Continues the journal with other code: the deployment was changed while the invocation ran.
    pub fn deploy(&mut self, handler: impl Handler) {
        self.service = Arc::new(TestService(handler));
        self.next_attempt();
    }

    fn next_attempt(&mut self) {
        self.unacknowledged.clear();
        self.wire = ScriptedTransport::default();
        self.outcome = None;
        let [scope, limit_key, idempotency_key] = self.called_with.clone();
        let start = Start {
            scope,
            limit_key,
            idempotency_key,
            id: Bytes::from_static(b"0123456789abcdef"),
            debug_id: "inv_test".to_owned(),
            known_entries: u32::try_from(self.journal.len()).unwrap(),
            state_map: self
                .state
                .iter()
                .map(|(key, value)| protocol::StateEntry { key: key.clone(), value: value.clone() })
                .collect(),
            key: self.key.clone(),
            random_seed: 7,
            retry_count_since_last_stored_entry: self.failures,
            ..Start::default()
        };
        self.push(Frame::new(&start).raw().clone());
        for entry in &self.journal {
            self.push(entry.raw().clone());
        }
        let (service, mut transport) = (Arc::clone(&self.service), self.wire.clone());
        let mut options = AttemptOptions::default();
        options.version = self.version;
        options.clock = Arc::new(self.clock.clone());
        options.report_awaits = self.report_awaits;
        options.message_limit = self.message_limit;
        options.trace = self.trace;
        options.trace_of_client = self.trace_of_client;
        options.before_run = self.before_run.clone();
        self.running =
            Box::pin(async move { drive(&*service, "test", options, &mut transport).await });
    }

    fn push(&self, bytes: Bytes) {
        self.wire.0.lock().unwrap().to_handler.push_back(bytes);
    }

    /// The messages sent since the last call of this method, one line each.
    pub fn sent(&mut self) -> Vec<String> {
        self.frames().iter().map(transcript::line).collect()
    }

    /// In how many pieces the messages are handed over that [`sent`](Self::sent) is about to take.
    pub fn pieces(&mut self) -> usize {
        self.poll();
        self.wire.0.lock().unwrap().from_handler.len()
    }

    /// How the attempt has ended, if it has.
    pub fn outcome(&mut self) -> Option<&Outcome> {
        self.poll();
        self.outcome.as_ref()
    }

    /// What is sent and received from now on is not durable before the sync ends.
    pub fn sync_begins(&self) {
        self.wire.0.lock().unwrap().sync_is_under_way = true;
    }

    pub fn sync_ends(&self) {
        self.wire.0.lock().unwrap().sync_is_under_way = false;
    }

    /// The encoding of the response, if the engine was told.
    pub fn response_encoding(&self) -> Option<Encoding> {
        self.wire.0.lock().unwrap().response_encoding
    }

    /// The journal so far, one line for each entry.
    pub fn journal(&self) -> Vec<String> {
        self.journal.iter().map(transcript::line).collect()
    }

    /// Runs until the attempt waits or has ended; returns the frames it has sent.
    pub fn frames(&mut self) -> Vec<Frame> {
        self.poll();
        let chunks = std::mem::take(&mut self.wire.0.lock().unwrap().from_handler);
        let mut decoder = Decoder::default();
        let mut frames = Vec::new();
        for chunk in chunks {
            decoder.push(chunk);
            while let Some(frame) = decoder.next_frame().unwrap() {
                frames.push(frame);
            }
        }
        assert!(decoder.is_at_boundary(), "the handler sent half a message");
        for frame in &frames {
            self.record(frame);
        }
        frames
    }

    fn record(&mut self, frame: &Frame) {
        if frame.ty().is_command() {
            self.journal.push(frame.clone());
        }
        if frame.ty() == MessageType::ProposeRunCompletion {
            let proposal: protocol::ProposeRunCompletion = frame.decode().unwrap();
            let result = match proposal.result.unwrap() {
                protocol::ProposedRunResult::Value(value) => {
                    NotificationResult::Value(Value { content: value })
                }
                protocol::ProposedRunResult::Failure(failure) => {
                    NotificationResult::Failure(failure)
                }
            };
            self.unacknowledged.push((proposal.result_completion_id, result));
        }
    }

    fn poll(&mut self) {
        if self.outcome.is_none() {
            let mut cx = Context::from_waker(Waker::noop());
            if let Poll::Ready(outcome) = self.running.as_mut().poll(&mut cx) {
                self.outcome = Some(outcome);
            }
        }
    }

    /// Delivers the messages that are still in flight in one chunk.
    pub fn in_one_chunk(&mut self) {
        let mut wire = self.wire.0.lock().unwrap();
        let chunks: Vec<_> = wire.to_handler.drain(..).collect();
        wire.to_handler.push_back(chunks.concat().into());
    }

    /// Takes back the last entry of the journal that was sent ahead.
    pub fn withhold_last_entry(&mut self) {
        self.wire.0.lock().unwrap().to_handler.pop_back();
    }

    /// The engine sends no more messages in this attempt.
    pub fn close_input(&mut self) {
        self.wire.0.lock().unwrap().closed = true;
    }
}
