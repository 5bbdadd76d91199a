//! The services that benchmarks call: the same names, handlers and JSON as the peer's.

mod services;

use std::{error::Error, path::PathBuf};

use clap::Parser;
use restate_embedded::Engine;
use services::{
    AddToState, ChainServer, CounterServer, Forward, GreeterServer, Salute, StepsServer, ThreeRuns,
};

/// Serves the benchmarks' services.
#[derive(Parser)]
struct Options {
    /// Where to serve HTTP.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    ingress: String,

    /// Where to keep everything.
    #[arg(long, value_name = "DIR", default_value = "target/bench-data")]
    data: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { ingress, data } = Options::parse();
    let engine = Engine::builder()
        .bind(GreeterServer::new(Salute))
        .bind(StepsServer::new(ThreeRuns))
        .bind(ChainServer::new(Forward))
        .bind(CounterServer::new(AddToState))
        .data_dir(data)
        .ingress(ingress)
        .start()
        .await?;
    if let Some(address) = engine.ingress_addr() {
        println!("serving on http://{address}");
    }
    engine.run_until(restate_embedded::shutdown_signal()).await?;
    Ok(())
}
