use restate_core::{Context, HandlerResult};
pub struct Person;
#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<Person>;
}

fn main() {}
