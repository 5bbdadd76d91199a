use restate_core::{Context, HandlerResult};

#[restate_core::service(retries(factor = 0.5))]
pub trait Greeter {
    #[handler(retries(initial_interval = "1m", max_interval = "1s"))]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
