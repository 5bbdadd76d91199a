//! Only workflows have promises.

use restate_core::{Context, HandlerResult, ObjectContext, SharedObjectContext};

// Promise of a plain service
async fn service(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.promise::<()>("confirmed").await?;
    Ok(())
}

// Promise of an object
async fn object(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    Ok(ctx.promise("confirmed").resolve(()).await?)
}

// Promise of a shared handler of an object
async fn shared(ctx: SharedObjectContext<'_>) -> HandlerResult<()> {
    ctx.promise::<()>("confirmed").await?;
    Ok(())
}

fn main() {}
