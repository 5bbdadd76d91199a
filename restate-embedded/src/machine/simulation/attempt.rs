use std::collections::HashSet;

use bytes::{Bytes, BytesMut};
use prost::Message as _;
use restate_core::engine::{
    framing::{self, Decoder},
    protocol::{
        CallCommand, End, MessageType, Notification, NotificationId, OneWayCallCommand,
        OutputCommand, OutputResult, ProposeRunCompletion, ProposeRunCompletionAck,
        ProposedRunResult, RunCommand, SetStateCommand, SleepCommand, Suspension, Value,
    },
};

use crate::{
    id::{InvocationId, mix},
    target::Target,
};

/// Keys of counters.
pub(super) const KEYS: [&str; 2] = ["a", "b"];

/// What a worker does, one after the other, each awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Run,
    Sleep(u64),
    Call(&'static str),
    Send(&'static str),
    SendLater(&'static str, u64),
}

/// The program of a worker: its id decides.
pub(super) fn program(id: InvocationId) -> [Op; 3] {
    [1, 2, 3].map(|n| {
        let bits = mix(id.nonce().wrapping_mul(31).wrapping_add(n));
        let key = KEYS[usize::from(bits & 8 > 0)];
        let millis = bits >> 8 & 0x3f;
        match bits % 5 {
            0 => Op::Run,
            1 => Op::Sleep(millis),
            2 => Op::Call(key),
            3 => Op::Send(key),
            _ => Op::SendLater(key, millis),
        }
    })
}

/// Times that a worker adds to the counter under `key`.
pub(super) fn adds(id: InvocationId, key: &str) -> u64 {
    let adds =
        |op: &&Op| matches!(op, Op::Call(k) | Op::Send(k) | Op::SendLater(k, _) if *k == key);
    program(id).iter().filter(adds).count() as u64
}

/// A simulated attempt: what it has received, and what it sends next.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) id: InvocationId,
    pub(super) target: Target,
    total: u64,
    commands: usize,
    completed: HashSet<u32>,
    proposed: bool,
    closed: bool,
}

/// What an attempt sends, and whether it is over then.
pub(super) struct Sent {
    pub(super) chunk: Bytes,
    pub(super) over: bool,
}

impl Attempt {
    /// An attempt on a journal, and the state of its counter.
    pub(super) fn new(id: InvocationId, target: Target, total: u64, journal: &[Bytes]) -> Self {
        let (commands, completed) = (0, HashSet::new());
        let mut attempt =
            Self { id, target, total, commands, completed, proposed: false, closed: false };
        // The first part is the input, which is no frame here.
        journal.iter().skip(1).for_each(|part| attempt.receive(part));
        attempt
    }

    pub(super) fn receive(&mut self, bytes: &Bytes) {
        let mut decoder = Decoder::new(usize::MAX);
        decoder.push(bytes.clone());
        while let Some(frame) = decoder.next_frame().unwrap() {
            match frame.ty() {
                ty if ty.is_command() => self.commands += 1,
                MessageType::ProposeRunCompletionAck => {
                    let ack: ProposeRunCompletionAck = frame.decode().unwrap();
                    self.completed.insert(ack.completion_id);
                }
                _ => {
                    let notification = Notification::decode(frame.body()).unwrap();
                    if let Some(NotificationId::CompletionId(completion)) = notification.id {
                        self.completed.insert(completion);
                    }
                }
            }
        }
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// What it sends now; `None` while it waits.
    pub(super) fn send(&mut self, now: u64) -> Option<Sent> {
        let mut chunk = BytesMut::new();
        let over = match &*self.target.service {
            "Counter" => self.add(&mut chunk),
            _ => self.work(now, &mut chunk),
        };
        (!chunk.is_empty()).then(|| Sent { chunk: chunk.freeze(), over })
    }

    fn add(&mut self, chunk: &mut BytesMut) -> bool {
        if self.commands == 0 {
            self.commands = 1;
            let total = (self.total + 1).to_string();
            let (key, value) = (Bytes::from_static(b"total"), Bytes::from(total));
            let value = Some(Value::from(value));
            framing::encode(&SetStateCommand { key, value, name: String::new() }, chunk);
            return false;
        }
        output(chunk);
        true
    }

    fn work(&mut self, now: u64, chunk: &mut BytesMut) -> bool {
        let program = program(self.id);
        if let Some(last) = self.commands.checked_sub(1) {
            let completion = completion(last);
            let waits = matches!(program[last], Op::Run | Op::Sleep(_) | Op::Call(_));
            if waits && !self.completed.contains(&completion) {
                if program[last] == Op::Run && !self.proposed {
                    self.propose(completion, chunk);
                } else if self.closed {
                    let waiting_completions = vec![completion];
                    let suspension = Suspension { waiting_completions, ..Suspension::default() };
                    framing::encode(&suspension, chunk);
                    return true;
                }
                return false;
            }
        }
        let Some(op) = program.get(self.commands) else {
            output(chunk);
            return true;
        };
        let result_completion_id = completion(self.commands);
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
        self.proposed = false;
        self.commands += 1;
        match *op {
            Op::Run => {
                framing::encode(&RunCommand { result_completion_id, name }, chunk);
                self.propose(result_completion_id, chunk);
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
        }
        false
    }

    fn propose(&mut self, result_completion_id: u32, chunk: &mut BytesMut) {
        self.proposed = true;
        let result = Some(ProposedRunResult::Value(Bytes::from_static(b"ran")));
        let proposal = ProposeRunCompletion { result_completion_id, result };
        framing::encode_requesting_ack(&proposal, chunk);
    }
}

fn completion(op: usize) -> u32 {
    u32::try_from(op * 2 + 1).unwrap()
}

fn output(chunk: &mut BytesMut) {
    let result = Some(OutputResult::Value(Value::default()));
    framing::encode(&OutputCommand { result, name: String::new() }, chunk);
    framing::encode(&End {}, chunk);
}
