//! Services without a `.proto`: traits are the contract, and serde types the messages.

use restate::{
    Context, Engine, HandlerResult, Json, ObjectContext, SharedObjectContext, TerminalError,
    embedded::shutdown_signal,
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    name: String,
    cents: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Receipt {
    cents: u32,
    items: Vec<Item>,
}

/// One object for each customer.
#[restate::object]
trait Cart {
    async fn add(&self, ctx: ObjectContext<'_>, item: Json<Item>) -> HandlerResult<u32>;
    async fn items(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<Item>>>;
    /// Returns the items, and empties the cart.
    async fn take_all(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<Item>>>;
}

#[restate::service(retries(initial_interval = "1s", max_interval = "1m"))]
trait Checkout {
    /// Pays what is in the cart of a customer.
    async fn pay(&self, ctx: Context<'_>, customer: String) -> HandlerResult<Json<Receipt>>;
}

struct InState;

#[restate::handlers]
impl Cart for InState {
    async fn add(&self, ctx: ObjectContext<'_>, Json(item): Json<Item>) -> HandlerResult<u32> {
        let Json(mut items) = ctx.get::<Json<Vec<Item>>>("items").await?.unwrap_or_default();
        items.push(item);
        let count = items.len();
        ctx.set("items", Json(items));
        Ok(u32::try_from(count)?)
    }

    async fn items(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<Item>>> {
        Ok(ctx.get("items").await?.unwrap_or_default())
    }

    async fn take_all(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<Item>>> {
        let items = ctx.get("items").await?.unwrap_or_default();
        ctx.clear("items");
        Ok(items)
    }
}

struct AtOnce;

#[restate::handlers]
impl Checkout for AtOnce {
    async fn pay(&self, ctx: Context<'_>, customer: String) -> HandlerResult<Json<Receipt>> {
        let Json(items) = CartClient::new(ctx, customer).take_all().await?;
        if items.is_empty() {
            return Err(TerminalError::bad_request("the cart is empty").into());
        }
        let cents = items.iter().map(|item| item.cents).sum();
        ctx.run(|| charge(cents)).name("charge").await?;
        Ok(Json(Receipt { cents, items }))
    }
}

/// In place of a bank.
async fn charge(cents: u32) -> HandlerResult<()> {
    println!("charging {cents} cents");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let engine = Engine::builder()
        .bind(CartServer::new(InState))
        .bind(CheckoutServer::new(AtOnce))
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
