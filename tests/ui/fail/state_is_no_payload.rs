use restate_core::{HandlerResult, ObjectContext};

pub struct Person;

async fn handler(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.set("person", Person);
    Ok(())
}

fn main() {}
