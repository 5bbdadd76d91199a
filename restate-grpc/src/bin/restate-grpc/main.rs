//! `restate-grpc`: gRPC, gRPC-Web and Connect in front of a Restate server.

mod client;
mod server;
mod tls;

use std::{error::Error, fs, io, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use restate_core::server::{Admission, Hosts, HttpLimits, ListenAddress, Origins, shutdown_signal};
use restate_grpc::{
    EXPOSED_HEADERS, FrontDoor, MessageLimits,
    ingress::{Contracts, DefaultEncoding, IngressCalls},
};
use tracing::info;

use client::ClientOptions;
use server::Server;

/// Answers gRPC, gRPC-Web and Connect clients in front of a Restate server.
///
/// It needs the contract as a descriptor set: `buf build -o shop.binpb`, or `protoc --include_imports -o
/// shop.binpb`. `GET /health` tells whether it runs. SIGINT and SIGTERM end it when the calls that are
/// under way have been answered.
#[derive(Parser)]
#[command(name = "restate-grpc")]
struct Options {
    #[command(flatten)]
    client: ClientOptions,
    /// The address to listen on.
    #[arg(
        long,
        value_name = "ADDR",
        env = "RESTATE_GRPC_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    listen: String,
    /// The contract: a file with an encoded FileDescriptorSet, with all imports.
    #[arg(long, value_name = "FILE", env = "RESTATE_GRPC_DESCRIPTOR_SET")]
    descriptor_set: PathBuf,
    /// The encoding of requests to services whose contract does not say it. Services written with other
    /// SDKs than Rust's expect JSON.
    #[arg(long, value_enum, env = "RESTATE_GRPC_ENCODING", default_value = "as-request")]
    encoding: EncodingOption,
    /// Gives calls with a deadline no idempotency key of their own. Clients whose deadline has passed do
    /// not learn the id of the invocation then; the engine does not keep the results of all these calls.
    #[arg(long, env = "RESTATE_GRPC_WITHOUT_OWN_KEYS")]
    without_own_keys: bool,
    /// An origin whose web pages may call, such as https://app.example.com, or `*`; can be repeated. None
    /// by default.
    #[arg(long, value_name = "ORIGIN", env = "RESTATE_GRPC_CORS", value_delimiter = ',')]
    cors: Vec<String>,
    /// A host name under which clients call, besides IP addresses and localhost, or `*`; can be repeated.
    #[arg(long, value_name = "NAME", env = "RESTATE_GRPC_HOST", value_delimiter = ',')]
    host: Vec<String>,
    /// A file (PEM) with the certificate, and those that it depends on: serves TLS.
    #[arg(long, value_name = "FILE", env = "RESTATE_GRPC_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// A file (PEM) with the private key of the certificate.
    #[arg(long, value_name = "FILE", env = "RESTATE_GRPC_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The longest message of a request in bytes, before and after decompression.
    #[arg(
        long,
        value_name = "BYTES",
        env = "RESTATE_GRPC_MAX_MESSAGE",
        default_value_t = 10 << 20
    )]
    max_message: usize,
    /// The longest headers of a request, in bytes.
    #[arg(
        long,
        value_name = "BYTES",
        env = "RESTATE_GRPC_MAX_HEADERS",
        default_value_t = 65_535,
        value_parser = clap::value_parser!(u32).range(8192..=1_048_576)
    )]
    max_headers: u32,
    /// How many connections are open at a time.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RESTATE_GRPC_MAX_CONNECTIONS",
        default_value_t = 10_000
    )]
    max_connections: usize,
    /// How many calls are under way at a time.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RESTATE_GRPC_MAX_REQUESTS",
        default_value_t = 10_000
    )]
    max_requests: usize,
    /// How many seconds calls that are under way may take to end when it is asked to end.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "RESTATE_GRPC_SHUTDOWN_TIMEOUT",
        default_value_t = 30
    )]
    shutdown_timeout: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum EncodingOption {
    /// That of each client.
    AsRequest,
    /// JSON; requests are converted.
    Json,
    /// Binary protobuf; requests are converted.
    Proto,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let limits =
        HttpLimits::new().connections(options.max_connections).requests(options.max_requests);
    let admission = Admission::new(limits);
    let calls = IngressCalls::new(options.client.client()?, contracts(&options)?);
    let calls = if options.without_own_keys { calls.without_own_keys() } else { calls };
    let limits = MessageLimits { length: options.max_message, admission: admission.clone() };
    let server = Server {
        front_door: FrontDoor::new(calls, limits),
        hosts: Hosts::new(options.host)
            .map_err(|host| format!("`--host {host}` is not the name of a host"))?,
        origins: Origins::new(options.cors, EXPOSED_HEADERS).map_err(|origin| {
            format!("`--cors {origin}` is not an origin; write it as https://app.example.com")
        })?,
        admission,
        max_headers: options.max_headers,
        tls: options.tls_cert.zip(options.tls_key).map(tls::acceptor).transpose()?,
    };
    let shutdown = shutdown_signal();
    let listener = ListenAddress::from(options.listen).bind().await?;
    info!("listening on {}", listener.local_addr()?);
    server.serve(listener, shutdown, Duration::from_secs(options.shutdown_timeout)).await;
    Ok(())
}

fn contracts(options: &Options) -> Result<Contracts, Box<dyn Error>> {
    let path = options.descriptor_set.display();
    let set = fs::read(&options.descriptor_set)
        .map_err(|error| format!("the descriptor set `{path}`: {error}"))?;
    let default = match options.encoding {
        EncodingOption::AsRequest => DefaultEncoding::AsRequest,
        EncodingOption::Json => DefaultEncoding::Json,
        EncodingOption::Proto => DefaultEncoding::Proto,
    };
    let contracts = Contracts::read(&set, default).map_err(|error| format!("`{path}`: {error}"))?;
    let mut services: Vec<_> = contracts.services().collect();
    services.sort_unstable();
    info!("services: {}", services.join(", "));
    Ok(contracts)
}
