//! Messages of Google's: empty ones, and nested ones. Not a part of Restate's suite.

use restate_core::{
    Context, HandlerResult, handlers,
    well_known::{Empty, Value},
};

mod contract {
    #![allow(missing_docs, unreachable_pub, reason = "the contract documents them")]

    restate_core::include_proto!("messages.v1");
}

pub use contract::{Messages, MessagesClient, MessagesServer};

/// Gives back what it gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct GiveBack;

#[handlers]
impl Messages for GiveBack {
    async fn rest(&self, _: Context<'_>, _: Empty) -> HandlerResult<()> {
        Ok(())
    }

    async fn delegate(&self, ctx: Context<'_>, request: Empty) -> HandlerResult<()> {
        let Empty {} = MessagesClient::new(ctx).rest(request).await?;
        Ok(())
    }

    async fn echo(&self, ctx: Context<'_>, value: Value) -> HandlerResult<Value> {
        ctx.run(|| async { Ok(value) }).await
    }

    async fn forward(&self, ctx: Context<'_>, value: Value) -> HandlerResult<Value> {
        MessagesClient::new(ctx).echo(value).await
    }
}
