#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let call = GreeterClient::new(&ctx).greet(GreetRequest::default());
    let call = call.idempotency_key("7").header("x-tenant", "acme").name("greet");
    let handle = ctx.one_way_call(call).await?;
    println!("{}", handle.invocation_id().await?);
    Ok(())
}

fn main() {}
