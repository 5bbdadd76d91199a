//! A tree of calls that blocks until it is cancelled.

use std::time::Duration;

use restate_core::{HandlerResult, Json, ObjectContext, object};
use serde::{Deserialize, Serialize};

use super::awakeable_holder::AwakeableHolderClient;

/// The operation that blocks a handler.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BlockingOperation {
    /// A call of its own key, which waits for the handler itself.
    Call,
    /// A long sleep.
    Sleep,
    /// An awakeable that nobody resolves.
    Awakeable,
}

/// The root of the tree; it records its cancellation.
#[object(name = "CancelTestRunner")]
pub trait CancelTestRunner {
    /// Calls a handler that blocks.
    #[handler(name = "startTest")]
    async fn start_test(
        &self,
        ctx: ObjectContext<'_>,
        operation: Json<BlockingOperation>,
    ) -> HandlerResult<()>;

    /// Whether `startTest` was cancelled.
    #[handler(name = "verifyTest")]
    async fn verify_test(&self, ctx: ObjectContext<'_>) -> HandlerResult<bool>;
}

/// The leaf of the tree.
#[object(name = "CancelTestBlockingService")]
pub trait CancelTestBlockingService {
    /// Resolves an awakeable, then blocks.
    async fn block(
        &self,
        ctx: ObjectContext<'_>,
        operation: Json<BlockingOperation>,
    ) -> HandlerResult<()>;

    /// Answers as soon as the key is free.
    #[handler(name = "isUnlocked")]
    async fn is_unlocked(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// Runs the test of its key.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunCancelTest;

const CANCELLED: &str = "cancelled";

impl CancelTestRunner for RunCancelTest {
    async fn start_test(
        &self,
        ctx: ObjectContext<'_>,
        operation: Json<BlockingOperation>,
    ) -> HandlerResult<()> {
        match CancelTestBlockingServiceClient::new(ctx, ctx.key()).block(operation).await {
            Ok(()) => Err("the call that blocks has returned".into()),
            Err(error) if error.code() == 409 => {
                ctx.set(CANCELLED, true);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn verify_test(&self, ctx: ObjectContext<'_>) -> HandlerResult<bool> {
        Ok(ctx.get(CANCELLED).await?.unwrap_or_default())
    }
}

/// Blocks its key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Block;

impl CancelTestBlockingService for Block {
    async fn block(
        &self,
        ctx: ObjectContext<'_>,
        Json(operation): Json<BlockingOperation>,
    ) -> HandlerResult<()> {
        let unlocked = ctx.awakeable::<String>();
        AwakeableHolderClient::new(ctx, ctx.key()).hold(unlocked.id().to_owned()).await?;
        unlocked.await?;
        match operation {
            BlockingOperation::Call => {
                let this = CancelTestBlockingServiceClient::new(ctx, ctx.key());
                this.block(Json(operation)).await?;
            }
            BlockingOperation::Sleep => {
                ctx.sleep(Duration::from_secs(1024 * 24 * 60 * 60)).await?;
            }
            BlockingOperation::Awakeable => {
                ctx.awakeable::<String>().await?;
            }
        }
        Ok(())
    }

    async fn is_unlocked(&self, _: ObjectContext<'_>) -> HandlerResult<()> {
        Ok(())
    }
}
