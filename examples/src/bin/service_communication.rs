//! Service communication on the embedded engine: request-response, one-way and delayed calls.

use std::{error::Error, io, path::PathBuf};

use clap::Parser;
use restate::Engine;
use restate_examples::{
    CountInState, GreetByName,
    contract::{counter::CounterServer, greeter::GreeterServer},
};

/// Runs a greeter and a counter that survive `kill -9`.
#[derive(Parser)]
struct Options {
    /// Address of the HTTP ingress.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    ingress: String,

    /// Directory for the data.
    #[arg(long, value_name = "DIR", default_value = "restate-data")]
    data: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { ingress, data } = Options::parse();
    // Where the engine listens, and why an attempt failed; without a subscriber that is lost.
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    // Before it serves, so that no signal is missed.
    let shutdown = restate::embedded::shutdown_signal();
    let engine = Engine::builder()
        .bind(GreeterServer::new(GreetByName))
        .bind(CounterServer::new(CountInState))
        .data_dir(&data)
        .ingress(ingress)
        .start()
        .await?;

    if let Some(address) = engine.ingress_addr() {
        println!("{}", what_to_try(&address.to_string(), &data));
    }
    engine.run_until(shutdown).await?;
    Ok(())
}

fn what_to_try(ingress: &str, data: &std::path::Path) -> String {
    format!(
        r#"Serving on http://{ingress}, data in {data}. Each greeting prints a line. Try:

  curl -H 'content-type: application/json' -d '{{"name":"Pete"}}' {ingress}/greeter.v1.Greeter/Greet

This greets now, counts one-way, and greets again after 5 s, even if you `kill -9` this process and start
it again:

  curl -H 'content-type: application/json' -d '{{"name":"Pete"}}' {ingress}/greeter.v1.Greeter/Welcome

This returns how often Pete was welcomed:

  curl -H 'content-type: application/json' -d '{{}}' {ingress}/counter.v1.Counter/Pete/Read
"#,
        data = data.display()
    )
}
