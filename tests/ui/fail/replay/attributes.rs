//! `#[handlers]` goes on the impl of a service; exceptions say why.

use restate_core::{Context, HandlerResult, handlers};

// `#[handlers]` on a trait
#[handlers]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

struct Polite;

// `#[handlers]` with arguments
#[handlers(strict)]
impl Polite {}

#[handlers]
impl Polite {
    // `#[allow_nondeterminism]` without a reason
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        #[allow_nondeterminism]
        let started = std::time::Instant::now();
        Ok(())
    }
}

fn main() {}
