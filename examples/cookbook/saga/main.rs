//! An order that takes items and charges a card. If a step fails, those before it are undone.

use restate::{Engine, embedded::shutdown_signal};

mod orders;
mod shop;
mod stock;
#[cfg(test)]
mod tests;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let engine = Engine::builder()
        .bind(shop::OrdersServer::new(orders::AllOrNothing))
        .bind(shop::StockServer::new(stock::InState))
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
