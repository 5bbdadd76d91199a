//! Serves the services to a Restate server, on the loopback port given as argument.

use std::env;

use restate_sdk::prelude::HttpServer;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = env::args().nth(1).ok_or("name a port")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("serving a Restate server on http://{}", listener.local_addr()?);
    HttpServer::new(bench_official::endpoint()).serve(listener).await;
    Ok(())
}
