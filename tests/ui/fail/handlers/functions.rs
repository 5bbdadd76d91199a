//! A handler of a contract is a plain async function without a body.

use restate_core::{Context, HandlerResult, Payload};

#[restate_core::service]
pub trait Greeter {
    // Handler that is not async
    fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    // Generic handler
    async fn generic<T: Payload>(&self, ctx: Context<'_>, name: T) -> HandlerResult<String>;

    // Handler with a where clause
    async fn bounded(&self, ctx: Context<'_>) -> HandlerResult<()> where Self: Sized;

    // Unsafe handler
    async unsafe fn dangerous(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Handler with a body
    async fn with_body(&self, ctx: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(name)
    }

    // Conditional handler
    #[cfg(unix)]
    async fn conditional(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
