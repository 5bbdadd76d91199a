//! An argument is given once, with a value of its kind.

use restate_core::{Context, HandlerResult};

// Name of a service that is not a string
#[restate_core::service(name = Greeter)]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

// Name and key of an object that are not a name and a field
#[restate_core::object(name = 7, key = "1")]
pub trait Counter {}

// Argument given twice
#[restate_core::service(name = "a", name = "b")]
pub trait Waver {
    async fn wave(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

// Arguments without a comma
#[restate_core::service(name = "a" key = "b")]
pub trait Welcome {
    async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
