//! An endpoint in this process, registered with its own server.

use std::time::Duration;

use restate_endpoint::EndpointBuilder;
use restate_tests::{
    client::{self, Answer},
    endpoint::RunningEndpoint,
    port::free_address,
    server::RestateServer,
};

pub struct Deployment {
    pub server: RestateServer,
    pub endpoint: RunningEndpoint,
}

impl Deployment {
    /// Serves the services of `builder` to `server`.
    pub async fn start(server: RestateServer, builder: EndpointBuilder) -> Self {
        let endpoint = RunningEndpoint::start(builder, free_address()).await;
        server.register(endpoint.address()).await;
        Self { server, endpoint }
    }

    /// Like `start`, over HTTP/1.1.
    pub async fn start_http1(server: RestateServer, builder: EndpointBuilder) -> Self {
        let endpoint = RunningEndpoint::start(builder, free_address()).await;
        server.register_http1(endpoint.address()).await;
        Self { server, endpoint }
    }

    /// Posts JSON to the server's ingress.
    pub async fn post(&self, path: &str, json: &'static str) -> Answer {
        client::post_json(self.server.ingress(), path, json).await.unwrap()
    }

    /// Repeats a request until the response is `expected`, because effects are asynchronous.
    pub async fn eventually(&self, path: &str, expected: &str) {
        let asked = async {
            let mut last = String::new();
            while last != expected {
                let answer = client::send(
                    self.server.ingress(),
                    http::Method::POST,
                    path,
                    &[],
                    bytes::Bytes::new(),
                );
                last = answer.await.unwrap().text();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let answered = tokio::time::timeout(Duration::from_secs(30), asked).await;
        assert!(answered.is_ok(), "{path} does not return {expected}\n{}", self.server.log());
    }

    /// Stops the endpoint, and returns the server, which keeps running.
    pub async fn stop(self) -> RestateServer {
        self.endpoint.stop().await;
        self.server
    }
}
