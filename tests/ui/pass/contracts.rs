//! Contracts as traits.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{
    Context, Context as Ctx, HandlerError, HandlerResult, ObjectContext, SharedObjectContext,
    SharedWorkflowContext, TerminalError, WorkflowContext,
};

// Contract with attributes
/// Greets.
#[cfg(not(any()))]
#[restate_core::service]
pub(crate) trait Greeter {
    /// Greets one person.
    #[deprecated]
    #[handler(name = "Greet")]
    async fn greet(&self, ctx: Ctx<'_>, name: String) -> HandlerResult<String>;
}

// Handlers that are shared because their context is
#[restate_core::object]
pub trait Shelf {
    async fn put(&self, ctx: ObjectContext<'_>, item: String) -> HandlerResult<()>;
    async fn list(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<u64>;
}

pub struct Full;

impl Shelf for Full {
    async fn put(&self, _: ObjectContext<'_>, _: String) -> HandlerResult<()> {
        Err(TerminalError::conflict("the shelf is full").into())
    }

    async fn list(&self, _: SharedObjectContext<'_>) -> HandlerResult<u64> {
        Ok(7)
    }
}

// Results written out
#[restate_core::service]
pub trait Bank {
    async fn pay(&self, ctx: Context<'_>, amount: u64) -> Result<u64, HandlerError>;
    async fn refund(&self, ctx: Context<'_>) -> restate_core::HandlerResult<()>;
}

struct Local;

impl Bank for Local {
    async fn pay(&self, _: Context<'_>, amount: u64) -> HandlerResult<u64> {
        let rest = 100_u64.checked_sub(amount);
        Ok(rest.ok_or_else(|| TerminalError::with_code(409, "too much"))?)
    }

    async fn refund(&self, _: Context<'_>) -> HandlerResult<()> {
        Err(std::io::Error::other("not now"))?
    }
}

// Service without handlers
#[restate_core::service]
pub trait Nothing {}

// Workflow with run marked
#[restate_core::workflow]
pub trait Signup {
    #[run]
    async fn start(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
    #[shared]
    async fn run(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}
