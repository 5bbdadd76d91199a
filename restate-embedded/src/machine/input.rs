use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use restate_core::wire::protocol::{NotificationId, NotificationResult};

use super::{
    control::Control,
    limits::RuleChange,
    promises::PromiseQuery,
    state::{StateChange, StateQuery},
};
use crate::{
    id::InvocationId,
    store::{Caller, StoredInvocation, StoredPromise, Timer},
    target::{Object, Target},
};

/// What happens to a machine.
#[derive(Debug)]
pub(crate) enum Input {
    /// A handler is invoked from outside.
    Invoke(Invoke),
    /// Something is asked of an invocation from outside.
    Operate(Query),
    /// An attempt has sent bytes.
    Received { id: InvocationId, attempt: u64, chunk: Bytes },
    /// An attempt is over; what it sent has arrived before.
    Ended { id: InvocationId, attempt: u64 },
    /// What the store knows of the subject of a query.
    Found { query: Query, found: Option<Box<StoredInvocation>> },
    /// How the promise of a query stands.
    Promise { query: PromiseQuery, found: StoredPromise },
    /// The state that a query asks for, by name.
    State { query: StateQuery, found: Vec<(Bytes, Bytes)> },
    /// State is changed from outside.
    ChangeState { change: StateChange, waiter: Waiter },
    /// The rules of limits are changed from outside.
    ChangeRules { changes: Vec<RuleChange>, waiter: Waiter },
    /// Timers of the span that the machine asked for.
    Timers(Vec<Timer>),
    /// Time has passed.
    Tick,
    /// These do not wait any more.
    Gone(HashSet<Waiter>),
    /// No attempt is to be started any more; those that run are to suspend.
    Drain,
}

/// A handler is invoked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invoke {
    pub(crate) request: Request,
    pub(crate) origin: Origin,
}

/// What is invoked, and when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) target: Target,
    pub(crate) idempotency_key: Option<Arc<str>>,
    /// What it counts against, in its scope.
    pub(crate) limit_key: Option<Arc<str>>,
    /// Frame of the input command.
    pub(crate) input: Bytes,
    /// Milliseconds since the Unix epoch; now, if that has passed.
    pub(crate) due: u64,
}

/// Who invokes, and what they wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody outside who waits for the result.
    Call(Waiter),
    /// Somebody outside who waits until the invocation is accepted.
    Send(Waiter),
    /// A handler that waits for the id and the result.
    HandlerCall { caller: Caller, id_completion: u32 },
    /// A handler that waits for the id.
    HandlerSend { caller: InvocationId, id_completion: u32 },
}

/// Somebody outside who waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Waiter(pub(crate) u64);

/// Something to be done with an invocation that may not be in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) subject: Subject,
    pub(crate) operation: Operation,
    /// The attempt whose command this is; it is read on only after the answer.
    pub(crate) reading: Option<InvocationId>,
}

/// Names an invocation that may exist.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    Id(InvocationId),
    /// By what it was called for, and its idempotency key.
    Idempotent(Target, Arc<str>),
    /// The `run` of a workflow.
    Workflow(Object),
}

/// What can be done with an invocation that may exist.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    /// Invoke it, unless it exists.
    Invoke(Invoke),
    /// Start it: its time has come.
    Release,
    /// Wait for its result.
    Attach(Asker),
    /// Look at its result.
    Peek(Asker),
    /// Do what people ask for.
    Control(Control, Waiter),
    /// Tell its id.
    Locate(Waiter),
    /// It is about to run that workflow, unless another has.
    Adopt(InvocationId),
    /// Send it a signal; number 1 cancels it.
    Signal(NotificationId, NotificationResult),
}

/// Who asks for a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Somebody outside.
    Outside(Waiter),
    /// A handler.
    Entry(Caller),
}
