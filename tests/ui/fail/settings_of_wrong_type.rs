use restate_core::{Context, HandlerResult};

#[restate_core::service(private = "yes", journal_retention = 30)]
pub trait Greeter {
    #[handler(inactivity_timeout = "30 minutes", retries = 5)]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
    #[handler(retries(max_attempts = "5", on_max_attempts = "stop", attempts = 5))]
    async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
