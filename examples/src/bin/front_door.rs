//! A durable service for gRPC clients and for a page in a browser, on one port.

use std::{error::Error, io, path::PathBuf};

use clap::Parser;
use restate::Engine;
use restate_examples::{
    CountInState, GreetByName,
    contract::{counter::CounterServer, greeter::GreeterServer},
    serve_page,
};
use tokio::net::TcpListener;

/// Serves a greeter over gRPC, gRPC-Web, Connect and plain HTTP, and a page that calls it.
#[derive(Parser)]
struct Options {
    /// Address of the ingress.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    ingress: String,

    /// Address of the page.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8000")]
    page: String,

    /// Directory for the data.
    #[arg(long, value_name = "DIR", default_value = "restate-data")]
    data: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { ingress, page, data } = Options::parse();
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    // Before it serves, so that no signal is missed.
    let shutdown = restate::embedded::shutdown_signal();
    let page = TcpListener::bind(&page).await?;
    let origin = format!("http://{}", page.local_addr()?);
    let engine = Engine::builder()
        .bind(GreeterServer::new(GreetByName))
        .bind(CounterServer::new(CountInState))
        .data_dir(&data)
        .ingress(ingress)
        // Pages of other origins may not call.
        .cors([&origin])
        .start()
        .await?;
    let address = engine.ingress_addr().ok_or("the engine has no ingress")?;
    let url = format!("http://{address}");
    println!("Serving on {url}. Open {origin} in a browser, and try:\n");
    println!("  cargo run -p restate-examples --bin greet_over_grpc -- {url} Pete");
    println!(
        "  curl -H 'content-type: application/json' -d '{{\"name\":\"Pete\"}}' {url}/greeter.v1.Greeter/Greet"
    );
    tokio::spawn(async move { serve_page(page, &url).await });
    engine.run_until(shutdown).await?;
    Ok(())
}
