//! The services that benchmarks call: the same names, handlers and JSON as the peer's.

use std::{error::Error, net::Ipv4Addr, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};
use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use restate_tests::bench;
use tokio::net::TcpListener;

/// Runs the benchmarks' services.
#[derive(Parser)]
struct Options {
    /// What runs the services.
    #[arg(long, value_enum, default_value_t = Runs::Embedded)]
    engine: Runs,

    /// Where to serve a Restate server, on loopback; 0 for any free port.
    #[arg(long, default_value_t = 9080)]
    port: u16,

    /// Where the embedded engine serves callers.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    ingress: String,

    /// Where the embedded engine keeps everything.
    #[arg(long, value_name = "DIR", default_value = "target/bench-data")]
    data: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Runs {
    /// A Restate server that is told of this process.
    Endpoint,
    /// This process itself.
    Embedded,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Options { engine, port, ingress, data } = Options::parse();
    let done = match engine {
        Runs::Endpoint => serve(port).await,
        Runs::Embedded => run(ingress, data).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(port: u16) -> Result<(), Box<dyn Error>> {
    let endpoint =
        bench::services().into_iter().fold(Endpoint::builder(), |it, service| it.bind(service));
    let endpoint = endpoint.build()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("serving a Restate server on http://{}", listener.local_addr()?);
    endpoint.serve(listener).await?;
    Ok(())
}

async fn run(ingress: String, data: PathBuf) -> Result<(), Box<dyn Error>> {
    let engine =
        bench::services().into_iter().fold(Engine::builder(), |it, service| it.bind(service));
    let engine = engine.data_dir(data).ingress(ingress).start().await?;
    if let Some(address) = engine.ingress_addr() {
        println!("serving callers on http://{address}");
    }
    engine.run_until(restate_embedded::shutdown_signal()).await?;
    Ok(())
}
