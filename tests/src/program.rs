//! What programs that run services have in common.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    process::ExitCode,
};

use clap::ValueEnum;
use restate_endpoint::EndpointBuilder;
use tokio::net::TcpListener;

/// What runs the services of a program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EngineKind {
    /// A Restate server that is told of this process.
    Endpoint,
    /// This process itself.
    Embedded,
}

/// Serves what `builder` has bound to a Restate server, and says where.
///
/// # Errors
///
/// What was bound does not go together, or nobody can listen there.
pub async fn serve(
    builder: EndpointBuilder,
    address: impl Into<IpAddr>,
    port: u16,
) -> Result<(), Box<dyn Error>> {
    let endpoint = builder.build()?;
    let listener = TcpListener::bind(SocketAddr::new(address.into(), port)).await?;
    println!("serving a Restate server on http://{}", listener.local_addr()?);
    endpoint.serve(listener).await;
    Ok(())
}

/// How a program ends; an error is said in its own words.
pub fn end(done: Result<(), Box<dyn Error>>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
