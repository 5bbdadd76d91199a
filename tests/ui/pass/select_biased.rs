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
        let waited = ctx.sleep(Duration::from_secs(5));
        let approved = ctx.awakeable::<bool>();
        let is_approved = tokio::select! {
            biased;
            approved = approved => approved?,
            _ = waited => false,
        };
        println!("{is_approved}");
        Ok(())
    }
}

fn main() {}
