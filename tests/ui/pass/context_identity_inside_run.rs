#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{HandlerResult, ObjectContext, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        ctx.run(|| async {
            let key = (ctx.key(), ctx.invocation_id(), ctx.header("x-tenant"));
            Ok(format!("{key:?}"))
        })
        .await?;
        Ok(())
    }
}

fn main() {}
