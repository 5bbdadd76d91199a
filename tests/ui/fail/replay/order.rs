//! What happens in random order happens in another order when the handler is replayed.

use std::collections::{HashMap, HashSet};
use restate_core::{Context, HandlerResult, ObjectContext, handlers};

struct Basket;

#[handlers]
impl Basket {
    // Operations in the order of a hash map
    async fn put(&self, ctx: ObjectContext<'_>, items: HashMap<String, u32>) -> HandlerResult<()> {
        for (item, count) in &items { ctx.set(item, *count); }
        Ok(())
    }

    // Operations in the order of a hash set
    async fn all(&self, ctx: Context<'_>, ids: HashSet<String>) -> HandlerResult<()> {
        ids.iter().for_each(|id| ctx.resolve_awakeable(id, 7));
        Ok(())
    }

    // `select!` without `biased;`
    async fn first(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::select! { _ = ctx.now() => {} _ = ctx.awakeable::<()>() => {} }
        Ok(())
    }
}

fn main() {}
