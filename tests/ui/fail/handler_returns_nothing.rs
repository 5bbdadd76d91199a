use restate_core::{Context};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>);
}

fn main() {}
