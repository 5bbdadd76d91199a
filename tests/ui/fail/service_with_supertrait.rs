use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter: Clone {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

fn main() {}
