//! A user's crate that depends on `restate` and on no other of our crates.

use restate::prelude::*;

/// The contract that `build.rs` generates.
#[allow(missing_docs, reason = "the contract says what its names do not")]
pub mod contract {
    restate::include_proto!("order.v1");
}

use self::contract::{Order, Orders, PlaceRequest, ReadRequest, Status, order::Payment};

/// Charges cards; its contract is a trait.
#[service]
pub trait Billing {
    /// Charges an amount, and returns the receipt.
    #[handler(retries(max_attempts = 3), journal_retention = "1d")]
    async fn charge(&self, ctx: Context<'_>, cents: i64) -> HandlerResult<String>;
}

/// Refuses what costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Charges;

#[handlers]
impl Billing for Charges {
    async fn charge(&self, ctx: Context<'_>, cents: i64) -> HandlerResult<String> {
        if cents == 0 {
            return Err(TerminalError::with_code(400, "the amount is 0").into());
        }
        Ok(ctx.run(|| async { Ok(format!("receipt for {cents}")) }).await?)
    }
}

/// Keeps orders in the state of their object.
#[derive(Clone, Copy, Debug)]
pub struct KeptOrders;

const ORDER: StateKey<Order> = StateKey::new("order");

#[handlers]
impl Orders for KeptOrders {
    async fn place(&self, ctx: ObjectContext<'_>, request: PlaceRequest) -> HandlerResult<Order> {
        let receipt = BillingClient::new(ctx).charge(request.cents).await?;
        let mut order = Order { cents: request.cents, ..Order::default() };
        order.set_status(Status::Placed);
        order.payment = Some(Payment::Receipt(receipt));
        ORDER.set(ctx, order.clone());
        Ok(order)
    }

    async fn read(&self, ctx: SharedObjectContext<'_>, _: ReadRequest) -> HandlerResult<Order> {
        let order = ORDER.get(ctx).await?;
        Ok(order.ok_or_else(|| TerminalError::with_code(404, "no such order"))?)
    }
}
