#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{HandlerResult, ObjectContext, SharedObjectContext, handlers};
use restate_ui::{Basket, BasketClient, Item, Items};

struct InState;

#[handlers]
impl Basket for InState {
    async fn put(&self, ctx: ObjectContext<'_>, item: Item) -> HandlerResult<Items> {
        let mut items = ctx.get::<Items>("items").await?.unwrap_or_default();
        items.names.push(item.name);
        ctx.set("items", items.clone());
        let other = BasketClient::new(ctx, format!("copy of {}", ctx.key()));
        other.put(Item::default()).one_way().await?;
        Ok(items)
    }

    async fn list(&self, ctx: SharedObjectContext<'_>, _: Item) -> HandlerResult<Items> {
        Ok(ctx.get("items").await?.unwrap_or_default())
    }
}

fn main() {}
