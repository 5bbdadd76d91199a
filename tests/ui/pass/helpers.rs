//! Functions and types between a handler and its context.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{
    Call, Channel, Context, HandlerResult, ObjectContext, Payload, SharedObjectContext,
    WorkflowContext,
};
use restate_ui::{GreetRequest, GreetResponse, GreeterClient};

// Contexts in own structs
struct Steps<'a> {
    ctx: Context<'a>,
    greeter: GreeterClient<Context<'a>>,
    name: &'a str,
}

impl Steps<'_> {
    async fn greet(&self) -> HandlerResult<String> {
        let request = GreetRequest { name: self.name.into() };
        self.ctx.sleep(std::time::Duration::from_secs(1)).await?;
        Ok(self.greeter.greet(request).await?.greeting)
    }
}

async fn contexts_in_own_structs(ctx: Context<'_>, name: String) -> HandlerResult<String> {
    Steps { ctx, greeter: GreeterClient::new(ctx), name: &name }.greet().await
}

// Helpers generic over channel
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

async fn helpers_generic_over_channel(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.one_way_call(|| greet(&client, "Pete")).await?;
    call_twice(|request| client.greet(request), GreetRequest::default()).await?;
    Ok(())
}

// Helpers generic over state
async fn update<T: Payload + Default>(
    ctx: ObjectContext<'_>,
    key: &str,
    change: impl FnOnce(T) -> T,
) -> HandlerResult<()> {
    let value = ctx.get(key).await?.unwrap_or_default();
    ctx.set(key, change(value));
    Ok(())
}

async fn helpers_generic_over_state(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    update(ctx, "count", |count: i64| count + 1).await?;
    update(ctx, "names", |names: String| names + ", Pete").await
}

// Helpers take contexts
async fn pause(ctx: Context<'_>) -> HandlerResult<()> {
    Ok(ctx.sleep(std::time::Duration::from_secs(1)).await?)
}

async fn count(ctx: &SharedObjectContext<'_>) -> HandlerResult<i64> {
    Ok(ctx.get("count").await?.unwrap_or_default())
}

async fn add(ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<()> {
    pause(**ctx).await?;
    ctx.set("count", count(&ctx).await? + amount);
    Ok(())
}

async fn run(ctx: WorkflowContext<'_>) -> HandlerResult<()> {
    add(*ctx, 7).await?;
    ctx.promise("done").resolve(()).await?;
    Ok(())
}
