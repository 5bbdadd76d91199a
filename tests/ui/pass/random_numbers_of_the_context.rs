#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let mut random = ctx.rand();
        let die = rand::RngExt::random_range(&mut random, 1..=6);
        println!("{die} {} {:?}", ctx.uuid(), ctx.now().await?);
        Ok(())
    }
}

fn main() {}
