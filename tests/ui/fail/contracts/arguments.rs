//! The attributes of a contract take the arguments they name, and no others.

use restate_core::{Context, HandlerResult, SharedObjectContext, WorkflowContext};

// Unknown argument of a service
#[restate_core::service(nam = "greeter.v1.Greeter")]
pub trait Greeter {}

// Unknown argument of a workflow
#[restate_core::workflow(retention = "1d")]
pub trait Signup {
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

// Plain service with a key
#[restate_core::service(key = "name")]
pub trait Waver {
    async fn wave(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

#[restate_core::service]
pub trait Welcome {
    // Unknown argument of a handler
    #[handler(nam = "Greet")]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    // `#[handler]` without arguments
    #[handler]
    async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

#[restate_core::object]
pub trait Counter {
    // `#[shared]` with an argument
    #[shared(true)]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<()>;
}

fn main() {}
