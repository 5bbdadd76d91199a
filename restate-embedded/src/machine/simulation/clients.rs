use crate::{
    machine::Waiter,
    model::{id::InvocationId, target::Target},
};

/// A request of a client, which repeats it until it is answered.
pub(super) struct Asked {
    pub(super) target: Target,
    pub(super) delay: Option<u64>,
    pub(super) waits: bool,
    /// Those of the attempts to ask since the last crash.
    pub(super) waiters: Vec<Waiter>,
    /// The id it was answered with.
    pub(super) id: Option<InvocationId>,
}

/// What a client waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The answer to a request.
    Request(usize),
    /// The result of an invocation.
    Look(InvocationId),
    /// The end of a control operation on an invocation.
    Control(InvocationId),
}
