//! The conformance suite's services, served to a Restate server or run on the embedded engine.

use std::{env, error::Error, net::IpAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use restate_tests::{
    program::{self, EngineKind},
    services::{self, Bound},
};

/// Runs the conformance suite's services: all of them, or those that `SERVICES` lists.
#[derive(Parser)]
struct Options {
    /// What runs the services.
    #[arg(long, value_enum, default_value_t = EngineKind::Endpoint)]
    engine: EngineKind,

    /// The address for a Restate server.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,

    /// The port for a Restate server; `PORT` if that is set, otherwise 9080.
    #[arg(long)]
    port: Option<u16>,

    /// The address of the embedded engine's ingress.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    ingress: String,

    /// The address of the embedded engine's admin interface.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9070")]
    admin: String,

    /// The data directory of the embedded engine.
    #[arg(long, value_name = "DIR", default_value = "restate-data")]
    data: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    program::end(start(Options::parse()).await)
}

async fn start(options: Options) -> Result<(), Box<dyn Error>> {
    let services = services::selected(&variable("SERVICES")?.unwrap_or_else(|| "*".to_owned()))?;
    match options.engine {
        EngineKind::Endpoint => serve(options, services).await,
        EngineKind::Embedded => run(options, services).await,
    }
}

async fn serve(options: Options, services: Vec<Bound>) -> Result<(), Box<dyn Error>> {
    let port = match (options.port, variable("PORT")?) {
        (Some(port), _) => port,
        (None, Some(port)) => {
            port.parse().map_err(|_| format!("PORT is `{port}`, which is no port number"))?
        }
        (None, None) => 9080,
    };
    let mut endpoint =
        services.into_iter().fold(Endpoint::builder(), |endpoint, it| endpoint.bind(it));
    if let Some(key) = signing_key()? {
        endpoint = endpoint.identity_key(key);
    }
    program::serve(endpoint, options.host, port).await
}

async fn run(options: Options, services: Vec<Bound>) -> Result<(), Box<dyn Error>> {
    let engine = services.into_iter().fold(Engine::builder(), |engine, it| engine.bind(it));
    let engine = engine.data_dir(options.data).ingress(options.ingress).admin(options.admin);
    let shutdown = restate_embedded::shutdown_signal();
    let engine = engine.start().await?;
    if let (Some(ingress), Some(admin)) = (engine.ingress_addr(), engine.admin_addr()) {
        println!("serving callers on http://{ingress}, and its admin interface on http://{admin}");
    }
    engine.run_until(shutdown).await?;
    Ok(())
}

/// The public key of the server that signs requests. The suite sets the first of these variables,
/// but official test services read the second.
fn signing_key() -> Result<Option<String>, env::VarError> {
    Ok(variable("E2E_REQUEST_SIGNING")?.or(variable("E2E_REQUEST_SIGNING_ENV")?))
}

/// An environment variable; `None` if it is unset or empty.
fn variable(name: &str) -> Result<Option<String>, env::VarError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error),
    }
}
