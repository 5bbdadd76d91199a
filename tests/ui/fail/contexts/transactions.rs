//! The closure of a transactional step owns what it uses, and can be called again.

use restate_core::{Context, HandlerResult};
use restate_sqlx::Transactions as _;
use sqlx::{PgPool, query};

struct Bank { pool: PgPool }

impl Bank {
    // Pool of the service inside a transaction
    // Instead: the connection that the closure receives: `query(..).execute(tx)`
    async fn pool(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.transaction(&self.pool, async |_| { query("DELETE FROM orders").execute(&self.pool).await?; Ok(()) }).await?;
        Ok(())
    }
}

// Context inside a transaction
// Instead: the operation before or after the transaction
async fn context(ctx: Context<'_>, pool: PgPool) -> HandlerResult<()> {
    ctx.transaction(&pool, async move |_| Ok(ctx.uuid().to_string())).await?;
    Ok(())
}

fn main() {}
