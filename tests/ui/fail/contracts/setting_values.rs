//! A setting has a value of its kind.

use restate_core::{Context, HandlerResult};

// Retention as a number, and a word for `true`
#[restate_core::service(private = "yes", journal_retention = 30)]
pub trait Greeter {
    // Timeout with the unit as a word, and a number as the retry policy
    #[handler(inactivity_timeout = "30 minutes", retries = 5)]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    // Header that is not in a list
    #[handler(keep_headers = "cookie")]
    async fn enter(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    // Retry policy with wrong and unknown arguments
    #[handler(retries(max_attempts = "5", on_max_attempts = "stop", attempts = 5))]
    async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

// Retry policy whose delays shrink
#[restate_core::service(retries(factor = 0.5))]
pub trait Waver {
    // Retry policy that starts above its limit
    #[handler(retries(initial_interval = "1m", max_interval = "1s"))]
    async fn wave(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
