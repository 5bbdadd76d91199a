//! A contract is a trait of handlers and nothing else.

use restate_core::{Context, HandlerResult};

struct Polite;

// Service on an impl
#[restate_core::service]
impl Polite {}

// Service on a struct
#[restate_core::service]
pub struct Welcome;

// Generic service
#[restate_core::service]
pub trait Greeter<T> {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

// Service with a supertrait
#[restate_core::service]
pub trait Waver: Clone {
    async fn wave(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

// Service with items that are not handlers
#[restate_core::service]
pub trait Linguist {
    const LANGUAGE: &'static str;
    type Greeting;
}

// Object without handlers
#[restate_core::object]
pub trait Counter {}

fn main() {}
