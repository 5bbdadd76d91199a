use restate_core::{Context, HandlerResult, Payload};

#[restate_core::service]
pub trait Greeter {
    async fn greet<T: Payload>(&self, ctx: Context<'_>, name: T) -> HandlerResult<String>;
}

fn main() {}
