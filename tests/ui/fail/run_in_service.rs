use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    #[run]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
