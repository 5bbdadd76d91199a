#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Duration;

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::select! {
            biased;
            now = ctx.run(|| async { Ok(std::time::Instant::now().elapsed().as_secs()) }) => println!("{}", now?),
            _ = ctx.sleep(Duration::from_secs(5)) => {}
        }
        Ok(())
    }
}

fn main() {}
