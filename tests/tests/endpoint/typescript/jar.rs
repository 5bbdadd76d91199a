use restate_core::{HandlerResult, ObjectContext, SharedObjectContext, TerminalError, object};

/// The service that TypeScript calls, with its own wire name.
#[object]
pub trait Jar {
    async fn fill(&self, ctx: ObjectContext<'_>, count: u32) -> HandlerResult<()>;
    async fn take(&self, ctx: ObjectContext<'_>, count: u32) -> HandlerResult<u32>;
    #[shared]
    async fn left(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<u32>;
}

pub struct Sweets;

impl Jar for Sweets {
    async fn fill(&self, ctx: ObjectContext<'_>, count: u32) -> HandlerResult<()> {
        ctx.set("count", count);
        Ok(())
    }

    async fn take(&self, ctx: ObjectContext<'_>, count: u32) -> HandlerResult<u32> {
        let held = ctx.get::<u32>("count").await?.unwrap_or_default();
        let left =
            held.checked_sub(count).ok_or_else(|| TerminalError::with_code(409, "not enough"))?;
        ctx.set("count", left);
        Ok(count)
    }

    async fn left(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<u32> {
        Ok(ctx.get("count").await?.unwrap_or_default())
    }
}
