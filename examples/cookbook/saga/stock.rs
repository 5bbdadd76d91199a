use restate::{HandlerResult, ObjectContext, SharedObjectContext, TerminalError};

use crate::shop::{Item, Level, OutOfStock, Quantity, Stock};

/// The level is the state of the object.
pub(crate) struct InState;

#[restate::handlers]
impl Stock for InState {
    async fn deliver(&self, ctx: ObjectContext<'_>, more: Quantity) -> HandlerResult<Level> {
        let count = ctx.get::<u32>("count").await?.unwrap_or_default() + more.count;
        ctx.set("count", count);
        Ok(Level { count })
    }

    async fn take(&self, ctx: ObjectContext<'_>, wanted: Quantity) -> HandlerResult<Level> {
        let left = ctx.get::<u32>("count").await?.unwrap_or_default();
        let Some(count) = left.checked_sub(wanted.count) else {
            let detail = OutOfStock { item: wanted.item, left };
            return Err(TerminalError::conflict("out of stock").with_detail(&detail).into());
        };
        ctx.set("count", count);
        Ok(Level { count })
    }

    async fn read(&self, ctx: SharedObjectContext<'_>, _: Item) -> HandlerResult<Level> {
        Ok(Level { count: ctx.get("count").await?.unwrap_or_default() })
    }
}
