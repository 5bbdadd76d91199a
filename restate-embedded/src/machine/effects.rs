use std::sync::Arc;

use bytes::Bytes;
use restate_core::{Encoding, trace::Span, wire::protocol::OutputResult};

#[cfg(feature = "deployments")]
use super::registration::Deployed;
use super::{control::Outcome, input::Waiter};
use crate::{
    model::{deployment::DeploymentId, id::InvocationId, target::Target},
    store::Write,
};

/// What follows from an input.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Effects {
    /// To be added to the open group, which becomes durable as a whole. Those that a read of the
    /// step had to see are there already.
    pub(crate) writes: Vec<Write>,
    /// How many are there already.
    pub(crate) applied: usize,
    /// To be carried out in order, once the writes are in the group.
    pub(crate) internal: Vec<InternalAction>,
    /// To be carried out in order, once the group is durable.
    pub(crate) external: Vec<ExternalAction>,
}

/// Something that stays in this process, and dies with it.
///
/// It may run ahead of the disk: a crash takes it back together with the writes that led to it, and
/// nobody outside has seen it.
#[derive(Debug, PartialEq)]
pub(crate) enum InternalAction {
    /// Starts an attempt.
    Start(Box<Start>),
    /// Delivers bytes to an attempt.
    Deliver { attempt: u64, bytes: Bytes },
    /// Tells an attempt that nothing more will come, so that it suspends.
    CloseInput { attempt: u64 },
    /// Ends an attempt where it is.
    Stop { attempt: u64 },
    /// Tells an attempt on a deployment that it is over: what it still sends has no meaning.
    Finish { attempt: u64 },
    /// Tells everybody of the present catalog.
    PublishCatalog,
}

/// Something that can be seen from outside, or lets a handler do what can be.
///
/// It waits for the disk: a crash must not take back anything that it depends on.
#[derive(Debug, PartialEq)]
pub(crate) enum ExternalAction {
    /// Answers a client.
    Reply { to: Waiter, reply: Reply },
    /// Logs an event that people may have to look at.
    Report { id: InvocationId, target: Target, event: Event },
    /// Lets the handler of an attempt begin that must not run ahead.
    Begin { attempt: u64 },
    /// Delivers bytes to an attempt on a deployment.
    Deliver { attempt: u64, bytes: Bytes },
    /// Tells an attempt on a deployment that nothing more will come.
    CloseInput { attempt: u64 },
    /// Tells an attempt that everything before it asked is durable: a `run` closure may begin.
    ConfirmDurable { attempt: u64 },
    /// Passes a span of a trace on to those who listen.
    Span(Box<Span>),
}

/// An attempt to be started.
#[derive(Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) id: InvocationId,
    pub(crate) attempt: u64,
    pub(crate) target: Target,
    pub(crate) idempotency_key: Option<Arc<str>>,
    pub(crate) limit_key: Option<Arc<str>>,
    /// Parts of the journal to be replayed. What later steps add is delivered.
    pub(crate) parts: u32,
    /// How many bytes these have.
    pub(crate) journal_bytes: u64,
    /// The frame of the input, if it is in memory.
    pub(crate) input: Option<Bytes>,
    /// Of the handler's random numbers.
    pub(crate) random_seed: u64,
    /// Attempts that failed since the journal last grew.
    pub(crate) failures: u32,
    /// Milliseconds since the journal last grew.
    pub(crate) since_progress: u64,
    /// Whether the handler waits for [`ExternalAction::Begin`].
    pub(crate) begins_durably: bool,
    /// Where the handler runs; `None` for this process.
    pub(crate) deployment: Option<DeploymentId>,
    /// The version of the service protocol.
    pub(crate) protocol: u32,
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// The invocation is stored.
    Accepted { id: InvocationId, acceptance: AcceptedAs },
    /// The invocation has this result.
    Result {
        id: InvocationId,
        target: Target,
        result: OutputResult,
        /// The encoding of a value, if it is known.
        encoding: Option<Encoding>,
    },
    /// What a promise was completed with; `None` if it was not.
    Promise(Option<OutputResult>),
    /// What was asked for is done.
    Done,
    /// What came of each of many.
    Outcomes(Vec<(InvocationId, Outcome)>),
    /// It is not done, for this reason.
    Refused(String),
    /// It is not done, as a limit would be exceeded, which the text names.
    TooLarge(String),
    /// A deployment is registered, or would be.
    #[cfg(feature = "deployments")]
    Deployed(Box<Deployed>),
    /// The invocation has not ended.
    NotReady,
    /// There is no such invocation.
    NotFound,
}

/// How an invocation was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptedAs {
    /// It starts now.
    Now,
    /// It starts at this time, in milliseconds since the Unix epoch.
    At(u64),
    /// It had been accepted before: it has the same idempotency key.
    Before,
}

/// What is logged for people.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// No service has the handler, or not any more where the invocation has started; it is kept.
    Unbound { deployment: Option<DeploymentId> },
    /// It waits for another invocation that waits for it, unless one of the calls between them is not
    /// awaited. The other one may be itself.
    Deadlock { other: InvocationId, target: Target, by: WaitsFor },
    /// An attempt failed; the next one starts after this many milliseconds.
    Retrying { failure: FailedAttempt, delay: u64 },
    /// An attempt failed; the invocation is kept until it is resumed by hand.
    Paused { failure: FailedAttempt },
    /// The last attempt that the retry policy allows has failed, which ends the invocation.
    Exhausted { failure: FailedAttempt },
    /// Somebody has paused the invocation.
    PausedByHand,
}

impl Event {
    /// The failed attempt, if it is about one.
    pub(crate) fn failure(&self) -> Option<&FailedAttempt> {
        match self {
            Self::Retrying { failure, .. }
            | Self::Paused { failure }
            | Self::Exhausted { failure } => Some(failure),
            Self::Unbound { .. } | Self::Deadlock { .. } | Self::PausedByHand => None,
        }
    }
}

/// What one invocation waits for at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitsFor {
    Key,
    Result,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedAttempt {
    /// The error with its causes, the step and the attempt.
    pub(crate) error: String,
    /// The command of the journal that failed, such as a run step.
    pub(crate) step: Option<String>,
    /// How many attempts have failed since the journal last grew.
    pub(crate) attempt: u32,
}
