use restate_core::{Context, HandlerResult};

#[restate_core::service(key = "name")]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
