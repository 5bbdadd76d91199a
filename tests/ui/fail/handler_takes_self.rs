use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&mut self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
