//! A client of tonic that calls a durable service: it knows nothing of Restate but metadata.

use std::error::Error;

use clap::Parser;
use restate_examples::contract::greeter::{GreetRequest, GreetResponse};
use tonic::{Request, Response, Status, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;

/// Greets somebody over gRPC.
#[derive(Parser)]
struct Options {
    /// URL of the engine's ingress.
    url: String,

    /// Whom to greet.
    name: String,

    /// Calls with the same key are executed once, and have one answer.
    #[arg(long)]
    idempotency_key: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { url, name, idempotency_key } = Options::parse();
    let mut request = Request::new(GreetRequest { name });
    if let Some(key) = idempotency_key {
        request.metadata_mut().insert("idempotency-key", key.parse()?);
    }
    let response = greet(Channel::from_shared(url)?.connect().await?, request).await?;
    let invocation = response.metadata().get("x-restate-id").and_then(|id| id.to_str().ok());
    println!("{} ({})", response.get_ref().message, invocation.unwrap_or_default());
    Ok(())
}

/// What `tonic_prost_build` would generate for the rpc.
async fn greet(
    channel: Channel,
    request: Request<GreetRequest>,
) -> Result<Response<GreetResponse>, Status> {
    let mut client = Grpc::new(channel);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = "/greeter.v1.Greeter/Greet".parse().expect("it is a path");
    client.unary(request, path, ProstCodec::default()).await
}
