#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let clock = || std::time::SystemTime::now();
        ctx.run(|| async { Ok(clock().elapsed()?.as_secs()) }).await?;
        Ok(())
    }
}

fn main() {}
