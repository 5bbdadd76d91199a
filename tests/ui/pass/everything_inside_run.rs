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
        ctx.run(|| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let home = std::env::var("HOME")?;
            let text = std::fs::read_to_string(home)?;
            let worker = tokio::spawn(async move { text.len() });
            let die: u32 = rand::random_range(1..=6);
            Ok(die + u32::try_from(worker.await?)?)
        })
        .await?;
        Ok(())
    }
}

fn main() {}
