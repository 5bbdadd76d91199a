#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::collections::{BTreeMap, HashMap};

use restate_core::{HandlerResult, ObjectContext, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let prices = HashMap::from([("tea", 3), ("milk", 1)]);
        let prices: BTreeMap<_, _> = prices.into_iter().collect();
        prices.iter().for_each(|(name, price)| ctx.set(name, *price));
        Ok(())
    }
}

fn main() {}
