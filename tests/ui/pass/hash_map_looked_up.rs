#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::collections::HashMap;

use restate_core::{HandlerResult, ObjectContext, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let prices = HashMap::from([("tea", 3), ("milk", 1)]);
        let sum: i64 = prices.values().sum();
        let mut names: Vec<_> = prices.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            ctx.set(name, prices[name]);
        }
        let mut count = 0;
        for price in prices.values() {
            count += price;
        }
        ctx.set("sum", sum + count);
        Ok(())
    }
}

fn main() {}
