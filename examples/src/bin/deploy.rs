//! The same greeter and counter behind a Restate server.

use std::{error::Error, io};

use clap::Parser;
use restate::Endpoint;
use restate_examples::{
    CountInState, GreetByName,
    contract::{counter::CounterServer, greeter::GreeterServer},
};
use tokio::net::TcpListener;

/// Serves the greeter and the counter to a Restate server.
#[derive(Parser)]
struct Options {
    /// Address at which the Restate server reaches this endpoint.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9080")]
    listen: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { listen } = Options::parse();
    // Why an attempt failed, among others; without a subscriber that is lost.
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    let endpoint = Endpoint::builder()
        .bind(GreeterServer::new(GreetByName))
        .bind(CounterServer::new(CountInState))
        .build()?;
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; choose another --listen"))?;
    println!("{}", what_to_try(&listener.local_addr()?.to_string()));
    endpoint.listen(listener).await?;
    Ok(())
}

fn what_to_try(address: &str) -> String {
    format!(
        r#"Serving on http://{address}. Start a Restate server, register this endpoint, and call it:

  npx @restatedev/restate-server

  curl localhost:9070/deployments -H 'content-type: application/json' -d '{{"uri":"http://{address}"}}'

  curl localhost:8080/greeter.v1.Greeter/Welcome -H 'content-type: application/json' -d '{{"name":"Pete"}}'
"#
    )
}
