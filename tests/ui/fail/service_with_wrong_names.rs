use restate_core::{Context, HandlerResult};

#[restate_core::service(name = "greeter/v1")]
pub trait Greeter {
    #[handler(name = "say-hello")]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
