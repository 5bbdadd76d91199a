//! The closure of a transactional step is called again after a conflict with other transactions.

use restate_core::{Context, HandlerResult};
use restate_sqlx::Transactions as _;
use sqlx::PgPool;

// Value given away in a transaction
// Instead: a clone: `Ok(name.clone())`
async fn given_away(ctx: Context<'_>, pool: PgPool, name: String) -> HandlerResult<()> {
    ctx.transaction(&pool, async move |_| Ok(name)).await?;
    Ok(())
}

// Transaction without an async closure
// Instead: `async move |tx| { .. }`
async fn not_async(ctx: Context<'_>, pool: PgPool) -> HandlerResult<()> {
    ctx.transaction(&pool, |_| Ok(1)).await?;
    Ok(())
}

fn main() {}
