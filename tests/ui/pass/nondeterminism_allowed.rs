#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Instant;

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        #[allow_nondeterminism(reason = "only logged")]
        let started = Instant::now();
        let now = ctx.now().await?;
        #[allow_nondeterminism(reason = "a cache, the same for all")]
        tokio::spawn(async move { println!("{now:?}") });
        println!("{:?}", started.elapsed());
        Ok(())
    }
}

fn main() {}
