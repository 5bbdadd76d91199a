//! Operations in an order that a replay repeats.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use restate_core::{Context, HandlerResult, ObjectContext, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn hash_map_looked_up(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
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

    async fn hash_map_shadowed_by_ordered_map(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let prices = HashMap::from([("tea", 3), ("milk", 1)]);
        let prices: BTreeMap<_, _> = prices.into_iter().collect();
        prices.iter().for_each(|(name, price)| ctx.set(name, *price));
        Ok(())
    }

    async fn ordered_map_in_order(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let prices = BTreeMap::from([("tea", 3), ("milk", 1)]);
        for (name, price) in &prices {
            ctx.set(name, *price);
        }
        Ok(())
    }

    async fn select_biased(&self, ctx: Context<'_>) -> HandlerResult<()> {
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

    async fn select_with_run_in_a_branch(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::select! {
            biased;
            now = ctx.run(|| async { Ok(std::time::Instant::now().elapsed().as_secs()) }) => println!("{}", now?),
            _ = ctx.sleep(Duration::from_secs(5)) => {}
        }
        Ok(())
    }
}
