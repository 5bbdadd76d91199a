use restate_core::{Context, HandlerResult};

#[restate_core::service(name = "a", name = "b")]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
