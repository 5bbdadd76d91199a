//! `cargo run -p restate-transactions-example --bin outbox`, then
//! `curl localhost:8080/Shop/order -H 'content-type: application/json' -d '"tea"'`.

use std::io;

use restate::{Engine, embedded::shutdown_signal};
use restate_transactions_example::{
    open,
    outbox::{Broker, ShopServer, WithOutbox},
};

/// Prints what a real broker would deliver.
struct ToTerminal;

impl Broker for ToTerminal {
    async fn publish(&self, id: i64, event: &str) -> Result<(), io::Error> {
        println!("event {id}: {event}");
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let shop = WithOutbox { pool: open("shop.sqlite").await?, broker: ToTerminal };
    let engine = Engine::builder()
        .bind(ShopServer::new(shop))
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
