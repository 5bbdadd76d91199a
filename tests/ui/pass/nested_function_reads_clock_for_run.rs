#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        fn stamp() -> u64 {
            std::time::Instant::now().elapsed().as_secs()
        }
        ctx.run(|| async { Ok(stamp()) }).await?;
        Ok(())
    }
}

fn main() {}
