use restate::{Context, HandlerResult, TerminalError};

use crate::shop::{CardDeclined, Line, Order, Orders, Placed, Quantity, StockClient};

pub(crate) struct AllOrNothing;

/// What undoes a step.
enum Undo {
    Deliver { item: String, count: u32 },
    Refund,
}

#[restate::handlers]
impl Orders for AllOrNothing {
    async fn place(&self, ctx: Context<'_>, order: Order) -> HandlerResult<Placed> {
        let mut undo = Vec::new();
        let sold = sell(ctx, &order, &mut undo).await;
        if sold.is_err() {
            // Also after a cancellation. The list is the same in each attempt, as its steps are in the journal.
            for step in undo.into_iter().rev() {
                compensate(ctx, &order, step).await?;
            }
        }
        // The failure of the step is the failure of the order, with its detail.
        Ok(Placed { receipt: sold? })
    }
}

async fn sell(
    ctx: Context<'_>,
    order: &Order,
    undo: &mut Vec<Undo>,
) -> Result<String, TerminalError> {
    for Line { item, count, .. } in &order.lines {
        let quantity = Quantity { item: item.clone(), count: *count };
        StockClient::new(ctx).take(quantity).await?;
        // After the call: one that has failed took nothing.
        undo.push(Undo::Deliver { item: item.clone(), count: *count });
    }
    // Before the step: if it is cancelled, nobody knows whether the card was charged.
    undo.push(Undo::Refund);
    ctx.run(|| charge(order)).name("charge").await
}

async fn compensate(ctx: Context<'_>, order: &Order, step: Undo) -> Result<(), TerminalError> {
    match step {
        Undo::Deliver { item, count } => {
            StockClient::new(ctx).deliver(Quantity { item, count }).await?;
            Ok(())
        }
        Undo::Refund => ctx.run(|| refund(&order.id)).name("refund").await,
    }
}

/// In place of a bank, which knows the order by its id and so recognises a repetition.
async fn charge(order: &Order) -> HandlerResult<String> {
    let cents: u32 = order.lines.iter().map(|line| line.count * line.cents).sum();
    if order.card.starts_with('0') {
        let declined = CardDeclined { card: order.card.clone(), reason: "expired".to_owned() };
        let error = TerminalError::with_code(402, "the card was declined").with_detail(&declined);
        return Err(error.into());
    }
    println!("charging {cents} cents for {}", order.id);
    Ok(format!("receipt-of-{}", order.id))
}

/// Does nothing for an order that was not charged.
async fn refund(order: &str) -> HandlerResult<()> {
    println!("refunding {order}, if it was charged");
    Ok(())
}
