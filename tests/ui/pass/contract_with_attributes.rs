#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context as Ctx, HandlerResult};

/// Greets.
#[cfg(not(any()))]
#[restate_core::service]
pub(crate) trait Greeter {
    /// Greets one person.
    #[deprecated]
    #[handler(name = "Greet")]
    async fn greet(&self, ctx: Ctx<'_>, name: String) -> HandlerResult<String>;
}

fn main() {}
