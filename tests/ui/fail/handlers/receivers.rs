//! A handler takes `&self`, then its context.

use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    // Handler that takes `&mut self`
    async fn exclusive(&mut self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    // Handler that takes `self`
    async fn by_value(self, ctx: Context<'_>) -> HandlerResult<()>;

    // Handler without `&self`
    async fn without_self(ctx: Context<'_>) -> HandlerResult<()>;

    // Handler without arguments
    async fn without_arguments(&self) -> HandlerResult<()>;

    // Handler without a context
    async fn without_context(&self, name: String) -> HandlerResult<String>;

    // Handler that takes its context by reference
    async fn by_reference(&self, ctx: &Context<'_>) -> HandlerResult<()>;
}

fn main() {}
