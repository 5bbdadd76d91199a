//! Contexts of workflows: state and promises under a key.

use std::ops::Deref;

use super::{HandlerContext, ObjectContext, SharedObjectContext};
use crate::{attempt::journal::Journal, handler::promise::Promise, payload::Payload};

/// Context of a workflow's handler that runs beside its `run` handler.
#[derive(Clone, Copy, Debug)]
pub struct SharedWorkflowContext<'a> {
    object: SharedObjectContext<'a>,
}

impl<'a> SharedWorkflowContext<'a> {
    /// A promise of this workflow, by its name.
    pub fn promise<T: Payload>(self, name: impl Into<String>) -> Promise<'a, T> {
        Promise::new(self.object.journal, name.into())
    }
}

impl<'a> Deref for SharedWorkflowContext<'a> {
    type Target = SharedObjectContext<'a>;

    fn deref(&self) -> &SharedObjectContext<'a> {
        &self.object
    }
}

/// Context of a workflow's `run` handler, which runs once for each key.
#[derive(Clone, Copy, Debug)]
pub struct WorkflowContext<'a> {
    object: ObjectContext<'a>,
}

impl<'a> WorkflowContext<'a> {
    /// A promise of this workflow, by its name.
    pub fn promise<T: Payload>(self, name: impl Into<String>) -> Promise<'a, T> {
        Promise::new(self.object.journal, name.into())
    }
}

impl<'a> Deref for WorkflowContext<'a> {
    type Target = ObjectContext<'a>;

    fn deref(&self) -> &ObjectContext<'a> {
        &self.object
    }
}

impl<'a> HandlerContext<'a> for SharedWorkflowContext<'a> {
    fn new(journal: &'a Journal) -> Self {
        Self { object: SharedObjectContext::new(journal) }
    }
}

impl<'a> HandlerContext<'a> for WorkflowContext<'a> {
    fn new(journal: &'a Journal) -> Self {
        Self { object: ObjectContext::new(journal) }
    }
}
