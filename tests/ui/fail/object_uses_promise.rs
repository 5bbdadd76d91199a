use restate_core::{HandlerResult, ObjectContext};

async fn confirm(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    Ok(ctx.promise("confirmed").resolve(()).await?)
}

fn main() {}
