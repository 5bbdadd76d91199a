#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Instant;

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    started: Instant,
}

#[handlers]
impl Polite {
    /// No handler: it takes no context.
    fn new() -> Self {
        Self { started: Instant::now() }
    }

    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<u64> {
        Ok(ctx.run(|| async { Ok(self.started.elapsed().as_secs()) }).await?)
    }
}

fn main() {}
