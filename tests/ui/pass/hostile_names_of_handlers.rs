#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Names {
    async fn new(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn r#match(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn call(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn clone(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn handle(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn descriptor(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn into(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn run(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = NamesClient::new(ctx);
    client.new_().await?;
    client.r#match().await?;
    client.clone().await?;
    client.run().await?;
    Ok(())
}

fn main() {}
