use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use restate_core::wire::{
    framing::Decoder,
    protocol::{NotificationId, OutputResult},
};

use super::input::Waiter;
use crate::{
    id::InvocationId,
    limits::Place,
    store::{Caller, StoredInvocation},
    target::Target,
};

/// The longest message that an attempt may send; what it sends is in memory anyway.
const LONGEST_MESSAGE: usize = 1 << 30;

/// An invocation that is not over.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) id: InvocationId,
    pub(super) target: Target,
    pub(super) idempotency_key: Option<Arc<str>>,
    pub(super) limit_key: Option<Arc<str>>,
    pub(super) status: Status,
    /// Whether it counts as running against its limits.
    pub(super) counted: bool,
    /// Whether its result is kept for those who may ask later.
    pub(super) retained: bool,
    /// Journal entries that wait for its result.
    pub(super) callers: Vec<Caller>,
    /// Whether some of them have rows of their own.
    pub(super) awaited: bool,
    /// Those outside who wait for its result.
    pub(super) waiters: Vec<Waiter>,
    /// Frame of the input, until the first attempt takes it.
    pub(super) input: Option<Bytes>,
    /// Parts of the journal that are stored.
    pub(super) parts: u32,
    /// Frames that this step adds to the journal.
    pub(super) tail: BytesMut,
    /// When something is to happen unless something else does: a retry, or inactivity.
    pub(super) alarm: Option<u64>,
    /// When its sleeps end, and their completion ids; those of an earlier process are not here.
    pub(super) sleeps: Vec<(u64, u32)>,
    /// Attempts that failed since the journal last grew.
    pub(super) failures: u32,
    /// When the journal last grew.
    pub(super) progressed: u64,
    /// Why the last attempt failed.
    pub(super) error: Option<Box<str>>,
}

/// What an invocation is doing.
#[derive(Debug)]
pub(super) enum Status {
    /// It waits for its time.
    Scheduled,
    /// It waits for its key, or, in an engine that drains, for the next start.
    Queued,
    /// It waits until its limits let it run.
    HeldBack,
    /// It waits for a service that is not bound.
    Unbound,
    /// An attempt is under way.
    Running(Box<Attempt>),
    /// An attempt failed; the next one starts at the alarm.
    BackingOff,
    /// It waits for one of these.
    Suspended(Vec<NotificationId>),
    /// It waits for somebody to resume it.
    Paused,
}

/// An attempt that is under way.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) number: u64,
    pub(super) decoder: Decoder,
    /// Whether it was started in this step, and so will read this step's entries from the journal.
    pub(super) starting: bool,
    /// What is to be delivered after this step.
    pub(super) outbox: BytesMut,
    /// Whether its input is to be closed after this step.
    pub(super) closing: bool,
    /// What came after its input was closed; `None` while it is open.
    pub(super) missed: Option<Vec<NotificationId>>,
    /// What the handler returned; stored with the end of the invocation.
    pub(super) output: Option<OutputResult>,
    /// When it last sent or was sent something.
    pub(super) active: u64,
}

impl Attempt {
    pub(super) fn new(number: u64, now: u64) -> Self {
        Self {
            number,
            decoder: Decoder::new(LONGEST_MESSAGE),
            starting: true,
            outbox: BytesMut::new(),
            closing: false,
            missed: None,
            output: None,
            active: now,
        }
    }
}

impl Invocation {
    /// An invocation as it is read from the store.
    pub(super) fn from_stored(stored: StoredInvocation, status: Status, now: u64) -> Self {
        let StoredInvocation {
            id,
            target,
            idempotency_key,
            limit_key,
            caller,
            retained,
            parts,
            awaiters,
            ..
        } = stored;
        Self {
            id,
            target,
            idempotency_key,
            limit_key,
            status,
            counted: false,
            retained,
            awaited: !awaiters.is_empty(),
            callers: caller.into_iter().chain(awaiters).collect(),
            waiters: Vec::new(),
            input: None,
            parts,
            tail: BytesMut::new(),
            alarm: None,
            sleeps: Vec::new(),
            failures: 0,
            progressed: now,
            error: None,
        }
    }

    /// Whether it is the `run` of a workflow, which there is once for its key.
    pub(super) fn is_workflow_run(&self) -> bool {
        self.idempotency_key.as_deref() == Some("")
    }

    /// Where it is counted while it runs, if it was called in a scope.
    pub(super) fn place(&self) -> Option<Place> {
        Some(Place::new(self.target.scope.clone()?, self.limit_key.clone()))
    }

    /// The attempt under way, if it has this number.
    pub(super) fn attempt(&mut self, number: u64) -> Option<&mut Attempt> {
        match &mut self.status {
            Status::Running(attempt) if attempt.number == number => Some(attempt),
            _ => None,
        }
    }

    /// Whether no attempt of it was ever made, and its journal holds nothing but the input.
    pub(super) fn is_untouched(&self) -> bool {
        let waiting = matches!(
            self.status,
            Status::Scheduled | Status::Queued | Status::HeldBack | Status::Unbound
        );
        waiting && self.parts == 0 && self.tail.is_empty()
    }
}
