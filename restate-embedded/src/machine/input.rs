use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use restate_core::{
    Encoding,
    wire::protocol::{NotificationId, NotificationResult, OutputResult},
};

#[cfg(feature = "deployments")]
use super::registration::Registration;
use super::{control::Control, restart::Restart, rules::RuleChange, state::StateChange};
use crate::{
    model::{
        deployment::DeploymentId,
        id::InvocationId,
        target::{Object, Target},
    },
    store::{Caller, PromiseName},
};

/// What happens to a machine.
#[derive(Debug)]
pub(crate) enum Input {
    /// A client invokes a handler.
    Invoke(Invoke),
    /// A client does something with an invocation that may exist.
    Operate { invocation: InvocationRef, operation: Operation },
    /// People do something with an invocation that may exist.
    Control { id: InvocationId, control: Control, waiter: Waiter },
    /// They do it with many, of which some may exist.
    ControlMany { ids: Vec<InvocationId>, control: Control, waiter: Waiter },
    /// People have a completed invocation executed again.
    Restart { restart: Box<Restart>, waiter: Waiter },
    /// An attempt has sent bytes.
    Received {
        id: InvocationId,
        attempt: u64,
        chunk: Bytes,
        /// The encoding of the handler's response, once it has one.
        response: Option<Encoding>,
    },
    /// An attempt on a deployment has failed, for this reason. What it sent has arrived before.
    Failed { id: InvocationId, attempt: u64, error: String },
    /// An attempt is over. What it sent has arrived before.
    Ended { id: InvocationId, attempt: u64 },
    /// A client completes a promise of a workflow.
    CompletePromise { promise: PromiseName, result: OutputResult, waiter: Waiter },
    /// A client looks at a promise of a workflow.
    PeekPromise { promise: PromiseName, waiter: Waiter },
    /// The state of an object is changed by people.
    ChangeState { change: StateChange, waiter: Waiter },
    /// A deployment is registered or changed.
    #[cfg(feature = "deployments")]
    Deploy { registration: Box<Registration>, waiter: Waiter },
    /// A deployment is removed.
    Undeploy { id: DeploymentId, force: bool, waiter: Waiter },
    /// The rules of limits are changed by people.
    ChangeRules { changes: Vec<RuleChange>, waiter: Waiter },
    /// Time has passed.
    Tick,
    /// A client does not wait any more, and may ask for the result later.
    Leave { client: Waiter, waiter: Waiter },
    /// These clients do not wait any more.
    Gone(HashSet<Waiter>),
    /// The engine shuts down: start no attempt any more, and let those that run suspend.
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
    /// What it counts against in the scope of its target.
    pub(crate) limit_key: Option<Arc<str>>,
    /// Frame of the input command.
    pub(crate) input: Bytes,
    /// When it starts, in milliseconds since the Unix epoch; at once, if that has passed.
    pub(crate) due: u64,
}

/// Who invokes, and what they wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A client that waits for the result.
    Call(Waiter),
    /// A client that waits until the invocation is accepted.
    Send(Waiter),
    /// A handler that waits for the id and the result.
    HandlerCall { caller: Caller, id_completion: u32 },
    /// A handler that waits for the id.
    HandlerSend { caller: InvocationId, id_completion: u32 },
}

/// A client that waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Waiter(pub(crate) u64);

/// Names an invocation that may exist.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum InvocationRef {
    Id(InvocationId),
    /// By the target it was called for, and its idempotency key.
    Idempotent(Target, Arc<str>),
    /// The `run` of a workflow.
    Workflow(Object),
}

/// What can be done with an invocation that may exist.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    /// Wait for its result.
    Attach(Recipient),
    /// Look whether it has a result.
    Peek(Recipient),
    /// Tell its id.
    Locate(Waiter),
    /// Send it a signal of a handler; number 1 cancels it.
    Signal(NotificationId, NotificationResult),
    /// Send it a signal of a client, which waits until that is stored.
    ClientSignal(NotificationId, NotificationResult, Waiter),
}

/// Who receives a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// A client.
    Client(Waiter),
    /// The journal entry of a handler.
    Entry(Caller),
}
