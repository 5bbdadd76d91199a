//! A tree of calls in a deadlock, which only killing can end.

use restate_core::{HandlerResult, ObjectContext, object};

use super::awakeable_holder::AwakeableHolderClient;

/// The root of the tree.
#[object(name = "KillTestRunner")]
pub trait KillTestRunner {
    /// Starts the tree.
    #[handler(name = "startCallTree")]
    async fn start_call_tree(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// An object that waits for its own key.
#[object(name = "KillTestSingleton")]
pub trait KillTestSingleton {
    /// Resolves an awakeable, then calls its own key and waits for ever.
    #[handler(name = "recursiveCall")]
    async fn recursive_call(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    /// Answers as soon as the key is free.
    #[handler(name = "isUnlocked")]
    async fn is_unlocked(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// Starts the tree of its key.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunKillTest;

impl KillTestRunner for RunKillTest {
    async fn start_call_tree(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        Ok(KillTestSingletonClient::new(ctx, ctx.key()).recursive_call().await?)
    }
}

/// Calls itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recurse;

impl KillTestSingleton for Recurse {
    async fn recursive_call(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let unlocked = ctx.awakeable::<String>();
        let holder = AwakeableHolderClient::new(ctx, ctx.key());
        holder.hold(unlocked.id().to_owned()).one_way().await?;
        unlocked.await?;
        Ok(KillTestSingletonClient::new(ctx, ctx.key()).recursive_call().await?)
    }

    async fn is_unlocked(&self, _: ObjectContext<'_>) -> HandlerResult<()> {
        Ok(())
    }
}
