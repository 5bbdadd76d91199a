//! The names of services and handlers are valid and unique.

use restate_core::{Context, HandlerResult};

// Name that a service cannot have
#[restate_core::service(name = "greeter/v1")]
pub trait Greeter {
    // Name that a handler cannot have
    #[handler(name = "say-hello")]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

// Name of a service that Restate reserves
#[restate_core::service]
pub trait RestateGreeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

#[restate_core::service]
pub trait Welcome {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<String>;

    // Two handlers with one name
    #[handler(name = "greet")]
    async fn welcome(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

#[restate_core::service]
pub trait Waver {
    async fn wave(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Handler declared twice
    async fn wave(&self, ctx: Context<'_>, name: String) -> HandlerResult<()>;
}

fn main() {}
