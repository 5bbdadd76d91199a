#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async {
            let ctx = std::collections::BTreeMap::from([("a", 1)]);
            Ok(ctx.get("a").copied().unwrap_or_default())
        })
        .await?;
        Ok(())
    }
}

fn main() {}
