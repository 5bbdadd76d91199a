use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: impl Into<String>) -> HandlerResult<()>;
}

fn main() {}
