use restate_core::{Context, HandlerResult};

#[restate_core::service(workflow_retention = "1d")]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
