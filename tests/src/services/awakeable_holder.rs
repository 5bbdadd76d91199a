//! Stores the id of an awakeable until a test completes it.

use restate_core::{HandlerResult, ObjectContext, TerminalError, object};

/// One awakeable for each key.
#[object(name = "AwakeableHolder")]
pub trait AwakeableHolder {
    /// Keeps an awakeable's id.
    async fn hold(&self, ctx: ObjectContext<'_>, id: String) -> HandlerResult<()>;

    /// Whether there is one.
    #[handler(name = "hasAwakeable")]
    async fn has_awakeable(&self, ctx: ObjectContext<'_>) -> HandlerResult<bool>;

    /// Resolves the awakeable with a value.
    async fn unlock(&self, ctx: ObjectContext<'_>, payload: String) -> HandlerResult<()>;
}

/// Keeps the id in state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holder;

const ID: &str = "id";

impl AwakeableHolder for Holder {
    async fn hold(&self, ctx: ObjectContext<'_>, id: String) -> HandlerResult<()> {
        ctx.set(ID, id);
        Ok(())
    }

    async fn has_awakeable(&self, ctx: ObjectContext<'_>) -> HandlerResult<bool> {
        Ok(ctx.get::<String>(ID).await?.is_some())
    }

    async fn unlock(&self, ctx: ObjectContext<'_>, payload: String) -> HandlerResult<()> {
        let Some(id) = ctx.get::<String>(ID).await? else {
            let message = format!("no awakeable is held under `{}`", ctx.key());
            return Err(TerminalError::new(message).into());
        };
        ctx.resolve_awakeable(&id, payload);
        Ok(())
    }
}
