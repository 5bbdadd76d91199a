#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let roll = || async { Ok(rand::random_range(1..=6_u32)) };
        let die = ctx.run(roll).name("roll").await?;
        println!("{die}");
        Ok(())
    }
}

fn main() {}
