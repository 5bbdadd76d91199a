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
        let now = ctx.run(|| async { Ok(Instant::now().elapsed().as_secs()) }).name("age").await?;
        println!("{now}");
        Ok(())
    }
}

fn main() {}
