use restate_core::{Channel, Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler<C: Channel>(ctx: Context<'_>, outside: GreeterClient<C>) -> HandlerResult<()> {
    ctx.one_way_call(outside.greet(GreetRequest::default())).await?;
    Ok(())
}

fn main() {}
