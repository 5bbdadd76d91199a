//! A handler takes at most one request, and returns one result, both owned and of one type.

use restate_core::{Context, HandlerResult, SharedObjectContext};

#[restate_core::service]
pub trait Greeter {
    // Generic request
    async fn generic(&self, ctx: Context<'_>, name: impl Into<String>) -> HandlerResult<()>;

    // Borrowed request
    async fn borrowed(&self, ctx: Context<'_>, name: &str) -> HandlerResult<String>;

    // Two requests
    async fn two(&self, ctx: Context<'_>, name: String, times: u32) -> HandlerResult<String>;

    // Borrowed response
    async fn borrows(&self, ctx: Context<'_>) -> HandlerResult<&str>;

    // No result
    async fn no_result(&self, ctx: Context<'_>, name: String) -> String;

    // Nothing returned
    async fn nothing(&self, ctx: Context<'_>);

    // Result with another error
    async fn other_error(&self, ctx: Context<'_>) -> Result<String, std::io::Error>;
}

#[restate_core::object(key = "counter_id")]
pub trait Counter {
    // No request to hold the key
    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
}

fn main() {}
