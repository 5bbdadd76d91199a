use crate::{
    machine::Waiter,
    model::{id::InvocationId, target::Target},
};

/// A request of a client, asked until it is answered.
pub(super) struct Asked {
    pub(super) target: Target,
    pub(super) delay: Option<u64>,
    pub(super) waits: bool,
    /// Under way since the last crash.
    pub(super) waiters: Vec<Waiter>,
    /// What it was answered with.
    pub(super) id: Option<InvocationId>,
}

/// What somebody outside waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The answer to a request.
    Request(usize),
    /// The result of an invocation.
    Look(InvocationId),
    /// That something was done with an invocation.
    Control(InvocationId),
}
