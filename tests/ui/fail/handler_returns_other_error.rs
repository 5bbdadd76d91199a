use restate_core::{Context};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> Result<String, std::io::Error>;
}

fn main() {}
