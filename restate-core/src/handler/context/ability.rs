//! Operations that only some contexts have.
//!
//! The other contexts have methods of the same names, with bounds that never hold: so the compiler says
//! why the operation is missing, and what to do instead.

use super::{ObjectContext, SharedObjectContext, SharedWorkflowContext, WorkflowContext, sealed};

/// A context with a key, and with state under it.
#[diagnostic::on_unimplemented(
    message = "a plain service has no key and no state",
    label = "the `Context` of a plain service cannot do this",
    note = "make the service an object, with `#[object]` or `kind: OBJECT`, and take \
            `ctx: ObjectContext<'_>`"
)]
pub trait ReadState<'a>: sealed::Sealed + Into<SharedObjectContext<'a>> {}

impl<'a> ReadState<'a> for SharedObjectContext<'a> {}
impl<'a> ReadState<'a> for ObjectContext<'a> {}
impl<'a> ReadState<'a> for SharedWorkflowContext<'a> {}
impl<'a> ReadState<'a> for WorkflowContext<'a> {}

/// A context that writes state.
#[diagnostic::on_unimplemented(
    message = "a shared handler runs beside others, so it only reads state",
    label = "this context cannot write state",
    note = "write state in a handler that is not shared: take `ctx: ObjectContext<'_>`, or \
            `ctx: WorkflowContext<'_>` in the run of a workflow"
)]
pub trait WriteState<'a>: sealed::Sealed + Into<ObjectContext<'a>> {}

impl<'a> WriteState<'a> for ObjectContext<'a> {}
impl<'a> WriteState<'a> for WorkflowContext<'a> {}

/// A context with the promises of a workflow.
#[diagnostic::on_unimplemented(
    message = "only workflows have promises",
    label = "this context is not one of a workflow",
    note = "make the service a workflow, with `#[workflow]` or `kind: WORKFLOW`; elsewhere wait \
            for `ctx.awakeable()` or `ctx.signal(..)`"
)]
pub trait Promises: sealed::Sealed {}

impl Promises for SharedWorkflowContext<'_> {}
impl Promises for WorkflowContext<'_> {}

/// The body of a method that cannot be called.
pub(super) fn refused() -> ! {
    unreachable!("the bound of this method never holds")
}
