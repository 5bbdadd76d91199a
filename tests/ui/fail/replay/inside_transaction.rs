//! A transactional step is journaled as a whole, and writes through its own connection.

use restate_core::{Context, HandlerResult, handlers};
use restate_sqlx::Transactions as _;
use sqlx::{PgPool, query};

struct Bank { pool: PgPool }

#[handlers]
impl Bank {
    // Pool inside a transaction
    async fn pool(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.transaction(&self.pool, async |_| { query("DELETE FROM orders").execute(&self.pool).await?; Ok(()) }).await?;
        Ok(())
    }

    // Clone of the pool inside a transaction
    async fn clone(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let pool = self.pool.clone();
        ctx.transaction(&self.pool, async move |_| { query("DELETE FROM orders").execute(&pool).await?; Ok(()) }).await?;
        Ok(())
    }

    // Run step inside a transaction
    async fn run(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.transaction(&self.pool, async |_| Ok(ctx.run(|| async { Ok(1) }).await?)).await?;
        Ok(())
    }

    // Transaction inside a transaction
    async fn nested(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.transaction(&self.pool, async |_| Ok(ctx.transaction(&self.pool, async |_| Ok(1)).await?)).await?;
        Ok(())
    }
}

fn main() {}
