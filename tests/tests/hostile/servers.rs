//! The servers of an engine and an endpoint.

use std::net::SocketAddr;

use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use restate_tests::{client, endpoint::RunningEndpoint, port::free_address, services};
use tempfile::TempDir;

pub struct Servers {
    engine: Engine,
    endpoint: RunningEndpoint,
    _directory: TempDir,
}

impl Servers {
    pub async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let engine = Engine::builder().data_dir(directory.path()).ingress("127.0.0.1:0");
        let engine = engine.admin("127.0.0.1:0");
        let engine = services::all().into_iter().fold(engine, |engine, it| engine.bind(it));
        let endpoint = Endpoint::builder();
        let endpoint = services::all().into_iter().fold(endpoint, |endpoint, it| endpoint.bind(it));
        Self {
            engine: engine.start().await.unwrap(),
            endpoint: RunningEndpoint::start(endpoint, free_address()).await,
            _directory: directory,
        }
    }

    /// Each address, and a path that answers 200.
    pub fn all(&self) -> [(SocketAddr, &'static str); 3] {
        [
            (self.engine.ingress_addr().unwrap(), "/restate/health"),
            (self.engine.admin_addr().unwrap(), "/health"),
            (self.endpoint.address(), "/health"),
        ]
    }

    /// Fails unless all servers answer, and handlers run.
    pub async fn must_work(&self) {
        for (address, path) in self.all() {
            assert_eq!(client::get(address, path).await.unwrap().status, 200, "{address}{path}");
        }
        let ingress = self.engine.ingress_addr().unwrap();
        let answer = client::post_json(ingress, "/TestUtilsService/uppercaseEcho", "\"ping\"");
        assert_eq!(answer.await.unwrap().text(), "\"PING\"");
    }

    pub async fn stop(self) {
        self.engine.shutdown().await.unwrap();
        self.endpoint.stop().await;
    }
}
