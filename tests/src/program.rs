//! Shared code of the programs that run services.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    process::ExitCode,
};

use clap::ValueEnum;
use restate_endpoint::{EndpointBuilder, shutdown_signal};
use tokio::net::TcpListener;

/// What runs the services of a program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EngineKind {
    /// A Restate server, in which this process is registered.
    Endpoint,
    /// The embedded engine in this process.
    Embedded,
}

/// Serves the services of `builder` to a Restate server, and prints the address.
///
/// # Errors
///
/// If the services are in conflict or the address is not available.
pub async fn serve(
    builder: EndpointBuilder,
    address: impl Into<IpAddr>,
    port: u16,
) -> Result<(), Box<dyn Error>> {
    let endpoint = builder.build()?;
    let shutdown = shutdown_signal();
    let listener = TcpListener::bind(SocketAddr::new(address.into(), port)).await?;
    println!("serving a Restate server on http://{}", listener.local_addr()?);
    endpoint.run_until(listener, shutdown).await?;
    Ok(())
}

/// The exit code of a program, which prints its error.
pub fn end(done: Result<(), Box<dyn Error>>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
