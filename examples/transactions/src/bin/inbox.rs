//! `cargo run -p restate-transactions-example --bin inbox`, then, in another terminal,
//! `sqlite3 shop.sqlite "INSERT INTO inbox (body) VALUES ('tea')"`.

use restate::{Context, Engine, HandlerResult, embedded::shutdown_signal};
use restate_transactions_example::{
    inbox::{InTable, InboxClient, InboxServer, Orders, OrdersServer},
    open,
};

/// Prints what a real service would store.
struct ToTerminal;

#[restate::handlers]
impl Orders for ToTerminal {
    async fn accept(&self, ctx: Context<'_>, item: String) -> HandlerResult<()> {
        ctx.run(|| async {
            println!("an order of {item}");
            Ok(())
        })
        .await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    // Before it serves, so that no signal is missed.
    let shutdown = shutdown_signal();
    let engine = Engine::builder()
        .bind(InboxServer::new(InTable { pool: open("shop.sqlite").await? }))
        .bind(OrdersServer::new(ToTerminal))
        .data_dir("restate-data")
        .start()
        .await?;
    // It goes on by itself; the key keeps a second start from doing the same beside it.
    let inbox = InboxClient::new(engine.client(), "shop");
    inbox.drain().idempotency_key("start").one_way().await?;
    engine.run_until(shutdown).await?;
    Ok(())
}
