//! The handlers in Rust.

use restate::{Context, HandlerResult, ObjectContext, TerminalError};

use crate::contract::{CarrierClient, Order, Orders, Parcel, Receipt, Van, Vans};

/// Has orders delivered by the service in TypeScript.
#[derive(Debug)]
pub struct ThroughCarrier;

#[restate::handlers]
impl Orders for ThroughCarrier {
    async fn place(&self, ctx: Context<'_>, order: Order) -> HandlerResult<Receipt> {
        let parcel = Parcel { city: order.city, grams: order.items.saturating_mul(200) };
        // A refusal of TypeScript or of the vans ends this call as well, with its code and message.
        Ok(CarrierClient::new(ctx).ship_parcel(parcel).await?)
    }
}

/// What fits into a van.
const VAN: u32 = 1000;

/// Loads vans one after the other.
#[derive(Debug)]
pub struct InVans;

#[restate::handlers]
impl Vans for InVans {
    async fn load(&self, ctx: ObjectContext<'_>, parcel: Parcel) -> HandlerResult<Van> {
        if parcel.grams > VAN {
            let refusal = format!("{} g do not fit into a van", parcel.grams);
            return Err(TerminalError::conflict(refusal).into());
        }
        let number = ctx.get::<u32>("van").await?.unwrap_or(1);
        let loaded = ctx.get::<u32>("loaded").await?.unwrap_or_default() + parcel.grams;
        let (number, loaded) =
            if loaded > VAN { (number + 1, parcel.grams) } else { (number, loaded) };
        ctx.set("van", number);
        ctx.set("loaded", loaded);
        Ok(Van { number })
    }
}
