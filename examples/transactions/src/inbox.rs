//! An inbox: other programs add rows to a table, and each row becomes one call, whatever fails.
//!
//! Deleting the row and keeping its content are one transaction. After that the content is in the journal of
//! the handler, which calls the service for it even if the process dies in between.

use std::time::Duration;

use restate::{Context, HandlerResult, Json, ObjectContext};
use restate_sqlx::Transactions as _;
use sqlx::{SqlitePool, query};

/// Takes what is in the inbox: one object, so that rows stay in order.
#[restate::object]
pub trait Inbox {
    /// Calls the service for each row, then looks again a second later.
    async fn drain(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// The service that is fed.
#[restate::service]
pub trait Orders {
    /// Accepts an order.
    async fn accept(&self, ctx: Context<'_>, item: String) -> HandlerResult<()>;
}

/// The inbox in a table.
#[derive(Clone, Debug)]
pub struct InTable {
    /// The database with the table.
    pub pool: SqlitePool,
}

/// Rows that one invocation takes, as a journal should not grow without limit.
const BATCH: usize = 100;

#[restate::handlers]
impl Inbox for InTable {
    async fn drain(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let mut again = Duration::from_secs(1);
        for taken in 0..=BATCH {
            if taken == BATCH {
                again = Duration::ZERO;
                break;
            }
            let take = ctx.transaction(&self.pool, async |tx| {
                let oldest = query!(
                    "DELETE FROM inbox WHERE id = (SELECT min(id) FROM inbox) RETURNING body"
                );
                Ok(Json(oldest.fetch_optional(tx).await?.map(|row| row.body)))
            });
            let Json(Some(item)) = take.name("take").await? else { break };
            OrdersClient::new(ctx).accept(item).one_way().await?;
        }
        InboxClient::new(ctx, ctx.key()).drain().delayed(again).await?;
        Ok(())
    }
}
