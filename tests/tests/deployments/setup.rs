//! An engine without services of its own, and deployments for it.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::Method;
use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{Engine, EngineBuilder};
use restate_endpoint::Endpoint;
use restate_tests::{
    client::{self, Answer},
    endpoint::RunningEndpoint,
    port::free_address,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

/// An engine in a temporary directory.
pub struct Platform {
    /// `None` only during a restart.
    engine: Option<Engine>,
    directory: TempDir,
}

impl Platform {
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    pub async fn start_with(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let directory = TempDir::new().unwrap();
        let mut platform = Self { engine: None, directory };
        platform.launch(configure).await;
        platform
    }

    /// Ends the engine as a crash would, and starts it again.
    pub async fn crash(&mut self, configure: impl FnOnce(EngineBuilder) -> EngineBuilder) {
        drop(self.engine.take());
        self.launch(configure).await;
    }

    async fn launch(&mut self, configure: impl FnOnce(EngineBuilder) -> EngineBuilder) {
        let builder = Engine::builder()
            .data_dir(self.directory.path())
            .ingress("127.0.0.1:0")
            .admin("127.0.0.1:0");
        self.engine = Some(configure(builder).start().await.unwrap());
    }

    pub fn ingress(&self) -> SocketAddr {
        self.engine.as_ref().and_then(Engine::ingress_addr).unwrap()
    }

    pub fn admin(&self) -> SocketAddr {
        self.engine.as_ref().and_then(Engine::admin_addr).unwrap()
    }

    /// Sends a request to the admin interface.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        let body = Bytes::from(body.to_string());
        client::send(self.admin(), method, path, &headers, body).await.unwrap()
    }

    /// Registers a deployment, with these fields besides its URL.
    pub async fn register(&self, address: SocketAddr, more: &Value) -> Answer {
        let mut body = json!({ "uri": format!("http://{address}") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(Method::POST, "/deployments", &body).await
    }

    /// Registers a deployment, which must succeed. Returns the response.
    pub async fn registered(&self, address: SocketAddr) -> Value {
        let answer = self.register(address, &json!({})).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        json_of(&answer)
    }

    /// What the admin interface shows of a deployment.
    pub async fn deployment(&self, id: &str) -> Value {
        let answer = client::get(self.admin(), &format!("/deployments/{id}")).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.text());
        json_of(&answer)
    }

    /// Calls a handler without a body. The response comes when the task is awaited.
    pub fn call(&self, path: &'static str) -> JoinHandle<Answer> {
        let ingress = self.ingress();
        tokio::spawn(async move {
            client::send(ingress, Method::POST, path, &[], Bytes::new()).await.unwrap()
        })
    }

    pub async fn post(&self, path: &str, body: &'static str) -> Answer {
        let body = Bytes::from_static(body.as_bytes());
        let headers = [("content-type", "application/json")];
        client::send(self.ingress(), Method::POST, path, &headers, body).await.unwrap()
    }
}

pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// Serves these services at a new address.
pub async fn serve(services: impl IntoIterator<Item = Stage>) -> RunningEndpoint {
    let builder = services.into_iter().fold(Endpoint::builder(), |it, service| it.bind(service));
    RunningEndpoint::start(builder, free_address()).await
}

/// A service whose handlers tell the test that they run, wait for it, and return their name.
pub struct Stage {
    name: &'static str,
    descriptor: &'static ServiceDescriptor,
    waits_for: UnboundedSender<String>,
}

impl Stage {
    /// The receiver gets the ids of awakeables that attempts wait for.
    pub fn new(
        name: &'static str,
        descriptor: &'static ServiceDescriptor,
    ) -> (Self, UnboundedReceiver<String>) {
        let (waits_for, awakeables) = unbounded_channel();
        (Self { name, descriptor, waits_for }, awakeables)
    }

    /// For tests that do not call it.
    pub fn silent(descriptor: &'static ServiceDescriptor) -> Self {
        Self::new("silent", descriptor).0
    }

    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<String> {
        let awakeable = ctx.awakeable::<String>();
        // Fails if the test does not ask.
        let _ = self.waits_for.send(awakeable.id().to_owned());
        Ok(awakeable.await? + self.name)
    }
}

impl Service for Stage {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.descriptor
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx, ()| self.wait(ctx))
    }
}

pub const fn plain(name: &'static str) -> HandlerDescriptor {
    HandlerDescriptor::plain::<(), String>(name)
}

/// Far more than anything takes here, so that only a hang reaches it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let answer = tokio::time::timeout(LIMIT, asked).await;
    answer.unwrap_or_else(|_| panic!("{what}: not within {LIMIT:?}"))
}
