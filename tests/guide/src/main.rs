use restate::Engine;

mod orders;
mod shop;

use orders::{CountItems, PlaceOrders};
use shop::{OrdersServer, StockServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The log goes to standard error, and what the handlers print to standard output.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let ingress = std::env::var("SHOP_INGRESS").unwrap_or("127.0.0.1:8080".to_owned());
    // Before it serves, so that no signal is missed.
    let shutdown = restate::embedded::shutdown_signal();
    let engine = Engine::builder()
        .bind(OrdersServer::new(PlaceOrders))
        .bind(StockServer::new(CountItems))
        .data_dir("shop-data")
        .ingress(ingress)
        .start()
        .await?;
    if let Some(address) = engine.ingress_addr() {
        println!("listening on {address}");
    }
    engine.run_until(shutdown).await?;
    Ok(())
}
