#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Call, Channel, Context, HandlerResult, Payload};
use restate_ui::{GreetRequest, GreetResponse, GreeterClient};

fn greet<C: Channel>(
    client: &GreeterClient<C>,
    name: &str,
) -> Call<C, GreetRequest, GreetResponse> {
    client.greet(GreetRequest { name: name.into() })
}

async fn call_twice<C: Channel, Req: Payload + Clone, Res: Payload>(
    make: impl Fn(Req) -> Call<C, Req, Res>,
    request: Req,
) -> Result<(Res, Res), C::Error> {
    Ok((make(request.clone()).await?, make(request).await?))
}

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.one_way_call(|| greet(&client, "Pete")).await?;
    call_twice(|request| client.greet(request), GreetRequest::default()).await?;
    Ok(())
}

fn main() {}
