//! Runs the services that benchmarks call.

use std::{error::Error, net::Ipv4Addr, path::PathBuf, process::ExitCode};

use clap::Parser;
use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use restate_otlp::Otlp;
use restate_tests::{
    bench,
    program::{EngineKind, end, serve},
};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Runs the benchmarks' services.
#[derive(Parser)]
struct Options {
    /// What runs the services.
    #[arg(long, value_enum, default_value_t = EngineKind::Embedded)]
    engine: EngineKind,

    /// The loopback port for a Restate server; 0 for any free port.
    #[arg(long, default_value_t = 9080)]
    port: u16,

    /// The address of the embedded engine's ingress.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    ingress: String,

    /// The address of the embedded engine's admin interface; off by default.
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,

    /// The data directory of the embedded engine.
    #[arg(long, value_name = "DIR", default_value = "target/bench-data")]
    data: PathBuf,

    /// The collector that the embedded engine sends spans to; off by default.
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,

    /// The share of traces that are recorded.
    #[arg(long, value_name = "RATIO", default_value_t = 1.0)]
    trace_sampling: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    end(match options.engine {
        EngineKind::Endpoint => {
            let services = bench::services().into_iter();
            let builder = services.fold(Endpoint::builder(), |it, service| it.bind(service));
            serve(builder, Ipv4Addr::LOCALHOST, options.port).await
        }
        EngineKind::Embedded => run(options).await,
    })
}

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let Options { ingress, admin, data, otlp, trace_sampling, .. } = options;
    if let Some(collector) = otlp {
        let otlp = Otlp::new(Some(&collector), "bench")?;
        tracing_subscriber::registry().with(otlp.layer()).init();
    }
    let engine =
        bench::services().into_iter().fold(Engine::builder(), |it, service| it.bind(service));
    let engine = engine.data_dir(data).ingress(ingress).trace_sampling(trace_sampling);
    let engine = admin.into_iter().fold(engine, |it, address| it.admin(address));
    let shutdown = restate_embedded::shutdown_signal();
    let engine = engine.start().await?;
    if let Some(address) = engine.ingress_addr() {
        println!("serving callers on http://{address}");
    }
    if let Some(address) = engine.admin_addr() {
        println!("serving operators on http://{address}");
    }
    engine.run_until(shutdown).await?;
    Ok(())
}
