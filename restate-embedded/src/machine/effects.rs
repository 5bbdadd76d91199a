use std::sync::Arc;

use bytes::Bytes;
use restate_core::wire::protocol::OutputResult;

use super::{
    input::{Query, Waiter},
    promises::PromiseQuery,
    state::StateQuery,
};
use crate::{id::InvocationId, store::Write, target::Target};

/// What follows from an input.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Effects {
    /// To be stored. They belong together: all or none.
    pub(crate) writes: Vec<Write>,
    /// To be answered from the store, in order, before the next input and before the commit.
    pub(crate) questions: Vec<Question>,
    /// To be carried out once the writes are durable, in order.
    pub(crate) actions: Vec<Action>,
}

/// Something that the machine has to know from the store.
#[derive(Debug, PartialEq)]
pub(crate) enum Question {
    /// What is stored of an invocation. Answer: [`Input::Found`](super::Input::Found).
    Find(Box<Query>),
    /// How a promise stands. Answer: [`Input::Promise`](super::Input::Promise).
    Promise(Box<PromiseQuery>),
    /// Some of an object's state. Answer: [`Input::State`](super::Input::State).
    State(Box<StateQuery>),
    /// Which timers are due in `from..until`. Answer: [`Input::Timers`](super::Input::Timers).
    Timers { from: u64, until: u64 },
}

/// Something that happens outside the machine.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Starts an attempt.
    Start(Box<Start>),
    /// Hands bytes to an attempt.
    Deliver { attempt: u64, bytes: Bytes },
    /// Tells an attempt that nothing more will come, so that it suspends.
    CloseInput { attempt: u64 },
    /// Ends an attempt where it is.
    Stop { attempt: u64 },
    /// Answers somebody outside.
    Reply { to: Waiter, reply: Reply },
    /// Tells people what they may have to look at.
    Report { id: InvocationId, target: Target, event: Event },
}

/// An attempt to be started.
#[derive(Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) id: InvocationId,
    pub(crate) attempt: u64,
    pub(crate) target: Target,
    pub(crate) idempotency_key: Option<Arc<str>>,
    pub(crate) limit_key: Option<Arc<str>>,
    /// Parts of the journal to be replayed; what comes later is delivered.
    pub(crate) parts: u32,
    /// The frame of the input, where it is at hand.
    pub(crate) input: Option<Bytes>,
    /// Attempts that failed since the journal last grew.
    pub(crate) failures: u32,
    /// Milliseconds since the journal last grew.
    pub(crate) since_progress: u64,
}

/// What somebody outside is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// The invocation is stored.
    Accepted { id: InvocationId, acceptance: Acceptance },
    /// Its result.
    Result { id: InvocationId, result: OutputResult },
    /// What was asked for is done.
    Done,
    /// It cannot be done, for this reason.
    Refused(String),
    /// It is not over.
    NotReady,
    /// There is no such invocation.
    NotFound,
}

/// How an invocation was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// It starts now.
    Now,
    /// It starts at this time, in milliseconds since the Unix epoch.
    At(u64),
    /// One with the same idempotency key had been accepted before.
    Before,
}

/// What people are told.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// No bound service has the handler; the invocation is kept.
    Unbound,
    /// It waits for a key whose holder waits for it, unless one of the calls between them is not
    /// awaited.
    Circle,
    /// An attempt failed; the next one starts after this many milliseconds.
    Retrying { error: String, delay: u64 },
    /// An attempt failed; the invocation is kept until somebody resumes it.
    Paused { error: String },
}
