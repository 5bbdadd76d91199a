//! One contract, served over gRPC and implemented by a durable handler: `cargo run` in this directory.
//!
//! tonic generates the messages and the gRPC service; the durable service and its client take the same
//! messages.

use restate::{
    Context, Engine, HandlerResult, TerminalError,
    embedded::{Client, ClientError},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use self::{
    durable::{Greeter, GreeterClient, GreeterServer},
    grpc::{GreetRequest, GreetResponse, greeter_client, greeter_server},
};

/// Messages, and the gRPC service.
mod grpc {
    include!(concat!(env!("OUT_DIR"), "/grpc/greeter.v1.rs"));
}

/// The durable service, with the messages of `grpc`.
mod durable {
    restate::include_proto!("greeter.v1");
}

struct Polite;

#[restate::handlers]
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<GreetResponse> {
        if request.name.is_empty() {
            return Err(TerminalError::bad_request("a name is needed").into());
        }
        let greeting = format!("Good day, {}", request.name);
        Ok(GreetResponse { greeting, counts: [(request.name, 1)].into() })
    }
}

/// Passes gRPC calls to the durable service.
struct Front {
    client: Client,
}

#[tonic::async_trait]
impl greeter_server::Greeter for Front {
    async fn greet(
        &self,
        request: Request<GreetRequest>,
    ) -> Result<Response<GreetResponse>, Status> {
        let greeter = GreeterClient::new(&self.client);
        match greeter.greet(request.into_inner()).await {
            Ok(response) => Ok(Response::new(response)),
            // The feature `tonic` gives each failure the gRPC code of its meaning.
            Err(ClientError::Failed(error)) => Err(error.into()),
            Err(error) => Err(Status::unavailable(error.to_string())),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = tempfile::tempdir()?;
    let engine = Engine::builder();
    let engine = engine.bind(GreeterServer::new(Polite)).data_dir(data.path()).start().await?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let front = greeter_server::GreeterServer::new(Front { client: engine.client() });
    let server = Server::builder().add_service(front);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let mut client = greeter_client::GreeterClient::connect(address).await?;
    let reply = client.greet(GreetRequest { name: "Pete".to_owned() }).await?.into_inner();
    println!("{} {:?}", reply.greeting, reply.counts);
    let status = client.greet(GreetRequest::default()).await.expect_err("the name is empty");
    println!("{:?}: {}", status.code(), status.message());
    assert_eq!(
        (reply.greeting.as_str(), status.code()),
        ("Good day, Pete", tonic::Code::InvalidArgument)
    );
    Ok(())
}
