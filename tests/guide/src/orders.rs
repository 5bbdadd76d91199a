use std::time::Duration;

use restate::{Context, HandlerResult, ObjectContext, SharedObjectContext, TerminalError};

use crate::shop::{
    AddRequest, Level, Orders, PlaceRequest, PlaceResponse, ReadRequest, Stock, StockClient,
    TakeRequest,
};

/// How long it takes to pack an item.
const PACKING: Duration = Duration::from_secs(10);

pub struct PlaceOrders;

/// What has to be undone if a later step fails.
enum Undo {
    Take,
    Charge,
}

#[restate::handlers]
impl Orders for PlaceOrders {
    async fn place(&self, ctx: Context<'_>, request: PlaceRequest) -> HandlerResult<PlaceResponse> {
        let mut undo = Vec::new();
        let outcome = sell(ctx, &request, &mut undo).await;
        if outcome.is_err() {
            let PlaceRequest { order, item, .. } = &request;
            for step in undo.into_iter().rev() {
                match step {
                    Undo::Charge => ctx.run(|| refund(order)).name("refund").await?,
                    Undo::Take => {
                        let back = AddRequest { item: item.clone(), count: 1 };
                        StockClient::new(ctx).add(back).await?;
                    }
                }
            }
        }
        Ok(PlaceResponse { tracking: outcome? })
    }
}

async fn sell(
    ctx: Context<'_>,
    request: &PlaceRequest,
    undo: &mut Vec<Undo>,
) -> Result<String, TerminalError> {
    let PlaceRequest { order, item, cents } = request;

    StockClient::new(ctx).take(TakeRequest { item: item.clone() }).await?;
    undo.push(Undo::Take);

    // Before the step: if it is interrupted, nobody knows whether the card was charged.
    undo.push(Undo::Charge);
    ctx.run(|| charge(order, *cents)).name("charge").await?;

    ctx.run(|| pack(order)).name("pack").await?;
    ctx.sleep(PACKING).await?;

    ctx.run(|| ship(order, item)).name("ship").await
}

// In place of these functions, call your bank, your warehouse and your carrier. Each of them gets the order's
// number, so that it can tell a repetition from another order.

async fn charge(order: &str, cents: u32) -> HandlerResult<()> {
    println!("charging {cents} cents for {order}");
    Ok(())
}

async fn refund(order: &str) -> HandlerResult<()> {
    println!("refunding {order}");
    Ok(())
}

async fn pack(order: &str) -> HandlerResult<()> {
    println!("packing {order}");
    Ok(())
}

async fn ship(order: &str, item: &str) -> HandlerResult<String> {
    if item == "anvil" {
        return Err(TerminalError::with_code(422, "an anvil is too heavy").into());
    }
    println!("shipping {order}");
    Ok(format!("parcel-of-{order}"))
}

pub struct CountItems;

#[restate::handlers]
impl Stock for CountItems {
    async fn add(&self, ctx: ObjectContext<'_>, request: AddRequest) -> HandlerResult<Level> {
        let count = ctx.get::<u32>("count").await?.unwrap_or_default() + request.count;
        ctx.set("count", count);
        Ok(Level { count })
    }

    async fn take(&self, ctx: ObjectContext<'_>, _: TakeRequest) -> HandlerResult<Level> {
        let count = ctx.get::<u32>("count").await?.unwrap_or_default();
        let count = count.checked_sub(1).ok_or_else(|| TerminalError::conflict("out of stock"))?;
        ctx.set("count", count);
        Ok(Level { count })
    }

    async fn read(&self, ctx: SharedObjectContext<'_>, _: ReadRequest) -> HandlerResult<Level> {
        Ok(Level { count: ctx.get("count").await?.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests;
