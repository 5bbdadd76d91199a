use restate_core::{Context, HandlerResult};

#[restate_core::service(lazy_state = true)]
pub trait Greeter {
    #[handler(lazy_state = false)]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
