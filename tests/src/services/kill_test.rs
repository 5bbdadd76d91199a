//! A tree of calls that has to be killed.

use restate_core::{HandlerResult, ObjectContext, object};

use super::awakeable_holder::AwakeableHolderClient;

/// The root of the tree.
#[object(name = "KillTestRunner")]
pub trait KillTestRunner {
    /// Starts the tree.
    #[handler(name = "startCallTree")]
    async fn start_call_tree(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// An object that locks itself out.
#[object(name = "KillTestSingleton")]
pub trait KillTestSingleton {
    /// Announces itself through an awakeable, then calls its own key, which waits for ever.
    #[handler(name = "recursiveCall")]
    async fn recursive_call(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    /// Answers as soon as nothing blocks the key.
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
