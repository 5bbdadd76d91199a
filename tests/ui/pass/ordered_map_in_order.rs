#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::collections::BTreeMap;

use restate_core::{HandlerResult, ObjectContext, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let prices = BTreeMap::from([("tea", 3), ("milk", 1)]);
        for (name, price) in &prices {
            ctx.set(name, *price);
        }
        Ok(())
    }
}

fn main() {}
