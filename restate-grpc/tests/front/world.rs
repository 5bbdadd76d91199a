//! The services of the shop behind a Restate server, and their contract as a descriptor set.

use std::{net::TcpListener, path::Path};

use protox::Compiler;
use restate_endpoint::Endpoint;
use restate_grpc::{
    FrontDoor, FrontDoorLayer, MessageLimits,
    ingress::{Contracts, DefaultEncoding, IngressCalls},
};
use restate_ingress::{IngressClient, IngressClientBuilder};
use restate_rpc_tests::{
    Clerk, DeskServer, Drawer, NoteServer, OrderServer, Paper, Parcel, Shelf, StockServer,
    TillServer,
};
use restate_tests::{endpoint::RunningEndpoint, server::RestateServer};
use tokio::task::JoinHandle;

/// A Restate server with the services.
pub(crate) struct World {
    pub(crate) server: RestateServer,
    _endpoint: RunningEndpoint,
}

impl World {
    pub(crate) async fn start() -> Self {
        let endpoint = endpoint().await;
        let server = RestateServer::start().await;
        server.register(endpoint.address()).await;
        Self { server, _endpoint: endpoint }
    }

    /// The URL of the ingress.
    pub(crate) fn ingress(&self) -> String {
        format!("http://{}", self.server.ingress())
    }

    pub(crate) fn client(&self) -> IngressClientBuilder {
        IngressClient::builder(self.ingress())
    }

    /// A server of axum with a front door that calls the server.
    pub(crate) async fn front(&self) -> Front {
        Front::start(IngressCalls::new(self.client().build().unwrap(), contracts())).await
    }
}

/// An endpoint with the services.
pub(crate) async fn endpoint() -> RunningEndpoint {
    let endpoint = Endpoint::builder()
        .bind(DeskServer::new(Clerk::default()))
        .bind(StockServer::new(Shelf))
        .bind(NoteServer::new(Paper))
        .bind(TillServer::new(Drawer))
        .bind(OrderServer::new(Parcel));
    RunningEndpoint::start(endpoint, ([127, 0, 0, 1], 0).into()).await
}

/// A server of axum with a front door.
pub(crate) struct Front {
    pub(crate) origin: String,
    task: JoinHandle<()>,
}

impl Front {
    pub(crate) async fn start(calls: IngressCalls) -> Self {
        let front_door = FrontDoor::new(calls, MessageLimits::default());
        let app = axum::Router::new()
            .route("/", axum::routing::get(|| async { "the user's own" }))
            .layer(FrontDoorLayer::new(front_door));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { origin, task }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The URL of a node that is not there.
pub(crate) fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

pub(crate) fn contracts() -> Contracts {
    Contracts::read(&descriptor_set(), DefaultEncoding::AsRequest).unwrap()
}

/// The contract and what it imports, as `buf build` and `protoc` write it.
pub(crate) fn descriptor_set() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let includes = [root.join("tests/rpc/proto"), root.join("restate-codegen/proto")];
    let mut compiler = Compiler::new(includes).unwrap();
    compiler.include_imports(true).open_file("shop/v1/shop.proto").unwrap();
    compiler.encode_file_descriptor_set()
}
