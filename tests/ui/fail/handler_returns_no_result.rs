use restate_core::Context;

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> String;
}

fn main() {}
