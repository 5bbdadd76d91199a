use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use restate_core::wire::{
    framing::{self, Decoder},
    protocol::{
        AttachInvocationCommand, AwaitingOn, CallCommand, CompleteAwakeableCommand,
        CompletePromiseCommand, Completion, End, ErrorMessage, Failure, GetPromiseCommand,
        InvocationTarget, MessageType, NotificationId, NotificationResult, OneWayCallCommand,
        OutputCommand, OutputResult, ProposeRunCompletion, ProposeRunCompletionAck,
        ProposedRunResult, RunCommand, SendSignalCommand, SetStateCommand, SignalId, SignalResult,
        SleepCommand, Suspension, Value, Void,
    },
};

use crate::model::{id::InvocationId, randomness::mix, target::Target};

/// Keys of counters.
pub(super) const KEYS: [&str; 2] = ["a", "b"];

/// The service of deployments, whose handlers do what workers do.
pub(super) const REMOTE: &str = "Remote";

/// The signal that workers wait for.
pub(super) const SIGNAL: &str = "go";

/// The promise that workflows wait for.
pub(super) const PROMISE: &str = "confirmed";

/// What handlers give where an id is expected.
const NOT_AN_ID: &str = "inv_1nope";

/// The first awakeable of an invocation.
pub(super) const AWAKEABLE: u32 = 17;

/// The signal that cancels an invocation.
const CANCEL: NotificationId = NotificationId::SignalId(1);

/// An operation of a handler. Handlers await each before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Run,
    Sleep(u64),
    Call(&'static str),
    Send(&'static str),
    SendLater(&'static str, u64),
    /// Waits for a signal, which has no entry in the journal.
    Signal,
    /// Completes an awakeable of its own, and waits for it.
    Awakeable,
    /// Waits for the promise of its workflow.
    Await,
    /// Completes the promise of its workflow.
    Confirm,
    /// Attaches to something that is not an id: the command is answered with a failure.
    AttachToNothing,
    /// Signals something that is not an id: the invocation ends with a failure.
    SignalNothing,
}

/// The program of a handler other than a counter's. That of a worker is derived from its id.
pub(super) fn program(id: InvocationId, target: &Target) -> Vec<Op> {
    match (&*target.service, &*target.handler) {
        ("Signup", "run") => vec![Op::Call("a"), Op::Await, Op::Send("b")],
        ("Signup", _) => vec![Op::Confirm],
        _ => [1, 2, 3].map(|n| op(id.nonce().wrapping_mul(31).wrapping_add(n))).into(),
    }
}

fn op(seed: u64) -> Op {
    let bits = mix(seed);
    let key = KEYS[usize::from(bits & 8 > 0)];
    let millis = bits >> 8 & 0x3f;
    match bits % 14 {
        0 | 1 => Op::Run,
        2 | 3 => Op::Sleep(millis),
        4..7 => Op::Call(key),
        7 | 8 => Op::Send(key),
        9 => Op::SendLater(key, millis),
        10 => Op::Awakeable,
        11 => Op::AttachToNothing,
        // Rare, as it ends its program.
        12 if bits & 0x30 == 0 => Op::SignalNothing,
        _ => Op::Signal,
    }
}

/// What an attempt knows about the `run` closure that is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmation {
    /// No closure is next.
    NotNeeded,
    /// One is, and the attempt has to ask whether it may begin.
    Needed,
    /// It has asked.
    Asked,
    /// It may begin.
    Given,
}

/// A `run` closure that has begun, which somebody outside may have noticed.
pub(super) struct BegunRun {
    pub(super) command: usize,
    /// The results of calls before it.
    pub(super) inputs: String,
}

/// A simulated attempt: what it has received, and what it sends next.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) id: InvocationId,
    pub(super) target: Target,
    /// The total of its counter, with what it adds itself.
    total: u64,
    program: Vec<Op>,
    commands: usize,
    notified: HashMap<NotificationId, Option<NotificationResult>>,
    proposed: bool,
    closed: bool,
    /// Whether it tells when it only waits, and whether it has since it has last received something.
    pub(super) tells: bool,
    told: bool,
    /// The journal that it replays.
    pub(super) opening: Vec<Bytes>,
    /// Whether its handler may begin.
    pub(super) begun: bool,
    pub(super) run: Confirmation,
    /// Bytes that it has sent and that have not arrived.
    pub(super) on_the_way: BytesMut,
    /// Whether it ends after that.
    pub(super) over: bool,
}

impl Attempt {
    /// An attempt on a journal, with the total of its counter. It has the program of `origin`.
    pub(super) fn new(
        id: InvocationId,
        origin: InvocationId,
        target: Target,
        total: u64,
        journal: &[Bytes],
    ) -> Self {
        let mut attempt = Self {
            id,
            program: program(origin, &target),
            target,
            total,
            commands: 0,
            notified: HashMap::new(),
            proposed: false,
            closed: false,
            tells: false,
            told: false,
            opening: Vec::new(),
            begun: true,
            run: Confirmation::NotNeeded,
            on_the_way: BytesMut::new(),
            over: false,
        };
        // The first part is the input, which is not a frame here.
        journal.iter().skip(1).for_each(|part| attempt.receive(part));
        // Of a counter, the one command is what it adds.
        attempt.total += u64::from(attempt.commands == 0);
        attempt
    }

    pub(super) fn receive(&mut self, bytes: &Bytes) {
        self.told = false;
        let mut decoder = Decoder::default();
        decoder.push(bytes.clone());
        while let Some(frame) = decoder.next_frame().unwrap() {
            match frame.ty() {
                ty if ty.is_command() => self.commands += 1,
                MessageType::ProposeRunCompletionAck => {
                    let ack: ProposeRunCompletionAck = frame.decode().unwrap();
                    self.notified.insert(NotificationId::CompletionId(ack.completion_id), None);
                }
                _ => {
                    let notification = frame.decode_notification().unwrap();
                    self.notified.extend(notification.id.map(|id| (id, notification.result)));
                }
            }
        }
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Sends its next messages, once the last ones have arrived, and executes its next closure.
    pub(super) fn work(&mut self, now: u64) -> Option<BegunRun> {
        if self.over || !self.begun || !self.on_the_way.is_empty() {
            return None;
        }
        let mut chunk = BytesMut::new();
        let run = match self.run {
            Confirmation::Needed | Confirmation::Asked => return None,
            Confirmation::Given => Some(self.execute(&mut chunk)),
            Confirmation::NotNeeded => {
                self.over = match &*self.target.service {
                    "Counter" => self.add(&mut chunk),
                    _ => self.go_on(now, &mut chunk),
                };
                None
            }
        };
        self.on_the_way = chunk;
        run
    }

    /// Executes the closure of its last command.
    fn execute(&mut self, chunk: &mut BytesMut) -> BegunRun {
        let command = self.commands - 1;
        self.run = Confirmation::NotNeeded;
        self.propose(completion(command), chunk);
        let result =
            |command| self.notified.get(&NotificationId::CompletionId(completion(command)));
        let commands =
            self.program.iter().filter(|op| **op != Op::Signal).take(command).enumerate();
        let calls = commands.filter(|(_, op)| matches!(op, Op::Call(_)));
        let inputs = calls.map(|(command, _)| format!("{:?};", result(command))).collect();
        BegunRun { command, inputs }
    }

    /// Fails with an error that is retried.
    pub(super) fn fail(&mut self) {
        let message = "it did not work".to_owned();
        let error = ErrorMessage { code: 500, message, ..ErrorMessage::default() };
        framing::encode(&error, &mut self.on_the_way);
        self.over = true;
    }

    fn add(&mut self, chunk: &mut BytesMut) -> bool {
        if self.commands == 0 {
            self.commands = 1;
            let key = Bytes::from_static(b"total");
            let value = Some(Value::from(Bytes::from(self.total.to_string())));
            framing::encode(&SetStateCommand { key, value, name: String::new() }, chunk);
            return false;
        }
        // What the next handler does may depend on it.
        output(chunk, OutputResult::Value(Bytes::from(self.total.to_string()).into()));
        true
    }

    fn go_on(&mut self, now: u64, chunk: &mut BytesMut) -> bool {
        let mut command = 0;
        for op in self.program.clone() {
            if op == Op::Signal {
                let signal = NotificationId::SignalName(SIGNAL.to_owned());
                if command == self.commands && !self.notified.contains_key(&signal) {
                    return self.wait(signal, chunk);
                }
                continue;
            }
            if command == self.commands {
                self.commands += 1;
                self.proposed = false;
                self.issue(op, completion(command), now, chunk);
                return false;
            }
            let result = match op {
                Op::Awakeable => NotificationId::SignalId(AWAKEABLE),
                _ => NotificationId::CompletionId(completion(command)),
            };
            let waits = !matches!(op, Op::Send(_) | Op::SendLater(..) | Op::SignalNothing);
            command += 1;
            if waits && command == self.commands && !self.notified.contains_key(&result) {
                if op == Op::Run && !self.proposed {
                    self.run = Confirmation::Needed;
                    return false;
                }
                return self.wait(result, chunk);
            }
        }
        output(chunk, OutputResult::Value(Value::default()));
        true
    }

    /// Waits for a notification or its cancellation. Suspends if its input is closed.
    fn wait(&mut self, awaited: NotificationId, chunk: &mut BytesMut) -> bool {
        if self.notified.contains_key(&CANCEL) {
            let failure =
                Failure { code: 409, message: "cancelled".to_owned(), metadata: Vec::new() };
            output(chunk, OutputResult::Failure(failure));
            return true;
        }
        if self.closed {
            let mut suspension = Suspension { waiting_signals: vec![1], ..Suspension::default() };
            match awaited {
                NotificationId::CompletionId(id) => suspension.waiting_completions.push(id),
                NotificationId::SignalId(id) => suspension.waiting_signals.push(id),
                NotificationId::SignalName(name) => suspension.waiting_named_signals.push(name),
            }
            framing::encode(&suspension, chunk);
        } else if self.tells && !std::mem::replace(&mut self.told, true) {
            framing::encode(&AwaitingOn::default(), chunk);
        }
        self.closed
    }

    fn issue(&mut self, op: Op, result_completion_id: u32, now: u64, chunk: &mut BytesMut) {
        let invocation_id_notification_idx = result_completion_id + 1;
        let name = String::new();
        let (service_name, handler_name) = ("Counter".to_owned(), "add".to_owned());
        let send = |key: &str, invoke_time| OneWayCallCommand {
            service_name: service_name.clone(),
            handler_name: handler_name.clone(),
            key: key.to_owned(),
            invoke_time,
            invocation_id_notification_idx,
            ..OneWayCallCommand::default()
        };
        match op {
            Op::Run => {
                framing::encode(&RunCommand { result_completion_id, name }, chunk);
                self.run = Confirmation::Needed;
            }
            Op::Sleep(millis) => {
                let wake_up_time = now + millis;
                framing::encode(&SleepCommand { wake_up_time, result_completion_id, name }, chunk);
            }
            Op::Call(key) => framing::encode(
                &CallCommand {
                    service_name,
                    handler_name,
                    key: key.to_owned(),
                    invocation_id_notification_idx,
                    result_completion_id,
                    ..CallCommand::default()
                },
                chunk,
            ),
            Op::Send(key) => framing::encode(&send(key, 0), chunk),
            Op::SendLater(key, millis) => framing::encode(&send(key, now + millis), chunk),
            Op::Await => {
                let key = PROMISE.to_owned();
                framing::encode(&GetPromiseCommand { key, result_completion_id, name }, chunk);
            }
            Op::Confirm => {
                let key = PROMISE.to_owned();
                let completion = Some(Completion::Value(Value::default()));
                let command =
                    CompletePromiseCommand { key, completion, result_completion_id, name };
                framing::encode(&command, chunk);
            }
            Op::Awakeable => {
                let id = [&self.id.start_bytes()[..], &AWAKEABLE.to_be_bytes()].concat();
                let awakeable_id = format!("sign_1{}", URL_SAFE_NO_PAD.encode(id));
                let result = Some(Completion::Value(Value::default()));
                framing::encode(&CompleteAwakeableCommand { awakeable_id, result, name }, chunk);
            }
            Op::AttachToNothing => {
                let target = Some(InvocationTarget::InvocationId(NOT_AN_ID.to_owned()));
                let command = AttachInvocationCommand { target, result_completion_id, name };
                framing::encode(&command, chunk);
            }
            Op::SignalNothing => {
                let command = SendSignalCommand {
                    target_invocation_id: NOT_AN_ID.to_owned(),
                    signal_id: Some(SignalId::Name(SIGNAL.to_owned())),
                    result: Some(SignalResult::Void(Void {})),
                    ..SendSignalCommand::default()
                };
                framing::encode(&command, chunk);
            }
            Op::Signal => unreachable!("it is not a command"),
        }
    }

    fn propose(&mut self, result_completion_id: u32, chunk: &mut BytesMut) {
        self.proposed = true;
        let result = Some(ProposedRunResult::Value(Bytes::from_static(b"ran")));
        let proposal = ProposeRunCompletion { result_completion_id, result };
        framing::encode_requesting_ack(&proposal, chunk);
    }
}

fn completion(command: usize) -> u32 {
    u32::try_from(command * 2 + 1).unwrap()
}

fn output(chunk: &mut BytesMut, result: OutputResult) {
    framing::encode(&OutputCommand { result: Some(result), name: String::new() }, chunk);
    framing::encode(&End {}, chunk);
}
