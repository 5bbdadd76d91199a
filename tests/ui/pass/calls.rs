//! Calls by the clients of a contract.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Duration;

use restate_core::{
    Context, HandlerResult, ObjectContext, SharedObjectContext, SharedWorkflowContext,
    WorkflowContext,
};
use restate_ui::{GreetRequest, GreeterClient};

macro_rules! handlers {
    ($($name:ident: $context:ident),*) => {$(
        async fn $name(ctx: $context<'_>) -> HandlerResult<()> {
            ctx.one_way_call(GreeterClient::new(ctx).greet(GreetRequest::default())).await?;
            Ok(())
        }
    )*};
}

handlers!(
    service: Context,
    object: ObjectContext,
    shared_object: SharedObjectContext,
    workflow: WorkflowContext,
    shared_workflow: SharedWorkflowContext
);

async fn calls_in_three_forms(ctx: Context<'_>) -> HandlerResult<String> {
    let client = GreeterClient::new(ctx);
    let request = GreetRequest { name: "Pete".into() };
    client.greet(request.clone()).one_way().await?;
    client.greet(request.clone()).delayed(Duration::from_secs(5)).await?;
    ctx.one_way_call(client.greet(request.clone())).await?;
    ctx.one_way_call(|| client.greet(request.clone())).await?;
    ctx.delayed_call(client.greet(request.clone()), Duration::from_secs(5)).await?;
    ctx.delayed_call(|| client.greet(request.clone()), Duration::from_secs(5)).await?;
    let started = client.greet(request.clone()).call();
    let name = client.greet(request).await?.greeting + &started.await?.greeting;
    Ok(name)
}

async fn calls_joined(ctx: Context<'_>) -> HandlerResult<usize> {
    let client = GreeterClient::new(ctx);
    let (one, other) = tokio::join!(client.greet(GreetRequest::default()).call(), async {
        client.greet(GreetRequest::default()).await
    },);
    Ok(one?.greeting.len() + other?.greeting.len())
}

async fn calls_with_options(ctx: Context<'_>) -> HandlerResult<()> {
    let call = GreeterClient::new(&ctx).greet(GreetRequest::default());
    let call = call.idempotency_key("7").header("x-tenant", "acme").name("greet");
    let handle = ctx.one_way_call(call).await?;
    println!("{}", handle.invocation_id().await?);
    Ok(())
}

async fn errors_of_calls_handled(ctx: Context<'_>) -> HandlerResult<String> {
    match GreeterClient::new(ctx).greet(GreetRequest::default()).await {
        Ok(response) => Ok(response.greeting),
        Err(error) if error.code() == 404 => Ok("nobody".to_owned()),
        Err(error) => Err(error.into()),
    }
}
