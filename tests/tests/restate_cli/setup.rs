//! An engine with services in its process and a deployment, and the command line for it.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::Method;
use restate_core::{
    Context, HandlerResult, ObjectContext, OnMaxAttempts, RetryPolicy, ServiceOptions, Settings,
    SharedObjectContext, TerminalError, object, service,
};
use restate_embedded::{Engine, EngineBuilder};
use restate_endpoint::Endpoint;
use restate_tests::{
    client::{self, Answer},
    endpoint::RunningEndpoint,
    port::free_address,
    restate_cli::RestateCli,
    services::{BlockAndWait, BlockAndWaitWorkflowServer},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Handlers for each status of an invocation.
#[service(name = "cli.v1.Greeter")]
pub trait Greeter {
    /// Greets at once.
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    /// Waits for an awakeable: runs until it suspends.
    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<String>;

    /// Fails in each attempt.
    async fn fail(&self, ctx: Context<'_>) -> HandlerResult<()>;

    /// Fails for good.
    async fn refuse(&self, ctx: Context<'_>) -> HandlerResult<()>;

    /// Makes an entry of each kind that the command line shows in its own way.
    async fn work(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

/// A number in state.
#[object(name = "cli.v1.Counter")]
pub trait Counter {
    async fn add(&self, ctx: ObjectContext<'_>, value: i64) -> HandlerResult<i64>;

    /// Holds its key until an awakeable is completed.
    async fn hold(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    #[shared]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
}

/// A service of the deployment.
#[service(name = "cli.v1.Remote")]
pub trait Remote {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

#[derive(Clone, Copy)]
pub struct Services;

impl Greeter for Services {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Hello {name}"))
    }

    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<String> {
        Ok(ctx.awakeable::<String>().await?)
    }

    async fn fail(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let failed = async || Err::<(), _>(std::io::Error::other("the printer is on fire").into());
        Ok(ctx.run(failed).name("print").await?)
    }

    async fn refuse(&self, _: Context<'_>) -> HandlerResult<()> {
        Err(TerminalError::with_code(418, "I am a teapot").into())
    }

    async fn work(&self, ctx: Context<'_>) -> HandlerResult<String> {
        let greeting = GreeterClient::new(ctx).greet("you".to_owned()).call().await?;
        let ran = async || Ok(1_i64);
        ctx.run(ran).name("one").await?;
        ctx.sleep(Duration::from_millis(1)).await?;
        Ok(greeting)
    }
}

impl Counter for Services {
    async fn add(&self, ctx: ObjectContext<'_>, value: i64) -> HandlerResult<i64> {
        let sum = ctx.get::<i64>("count").await?.unwrap_or_default() + value;
        ctx.set("count", sum);
        Ok(sum)
    }

    async fn hold(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        Ok(ctx.awakeable::<()>().await?)
    }

    async fn get(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64> {
        Ok(ctx.get::<i64>("count").await?.unwrap_or_default())
    }
}

impl Remote for Services {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Hello {name} from afar"))
    }

    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<String> {
        Ok(ctx.awakeable::<String>().await?)
    }
}

/// An engine in a temporary directory, and the command line for its admin interface.
pub struct Platform {
    pub engine: Engine,
    pub cli: RestateCli,
    _directory: TempDir,
}

impl Platform {
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    pub async fn start_with(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let directory = TempDir::new().unwrap();
        let patient = Settings::new()
            .idempotency_retention(Duration::from_secs(3600))
            .retry_policy(
                RetryPolicy::new()
                    .initial_interval(Duration::from_secs(600))
                    .max_interval(Duration::from_secs(600)),
            )
            .on_max_attempts(OnMaxAttempts::Pause);
        let patient = ServiceOptions::new(patient);
        let builder = Engine::builder()
            .bind_with(GreeterServer::new(Services), patient)
            .bind(CounterServer::new(Services))
            .bind(BlockAndWaitWorkflowServer::new(BlockAndWait))
            .data_dir(directory.path())
            .ingress("127.0.0.1:0")
            .admin("127.0.0.1:0");
        let engine = configure(builder).start().await.unwrap();
        let cli = RestateCli::new(engine.admin_addr().unwrap());
        Self { engine, cli, _directory: directory }
    }

    /// What a command prints, which must succeed.
    pub fn prints(&self, arguments: &[&str]) -> String {
        let printed = self.cli.run(arguments);
        assert!(printed.success, "{arguments:?}: {}", printed.text);
        printed.text
    }

    /// What a command prints, which must fail.
    pub fn refuses(&self, arguments: &[&str]) -> String {
        let printed = self.cli.run(arguments);
        assert!(!printed.success, "{arguments:?}: {}", printed.text);
        assert!(!printed.text.contains("panicked"), "{arguments:?}: {}", printed.text);
        printed.text
    }

    pub fn admin(&self) -> SocketAddr {
        self.engine.admin_addr().unwrap()
    }

    /// Sends a request to the admin interface.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        let body = Bytes::from(body.to_string());
        client::send(self.admin(), method, path, &headers, body).await.unwrap()
    }

    /// Calls a handler, and waits for its response.
    pub async fn call(&self, path: &str, input: &Value) -> Answer {
        let ingress = self.engine.ingress_addr().unwrap();
        let body = if input.is_null() { Bytes::new() } else { Bytes::from(input.to_string()) };
        let headers = [("content-type", "application/json")];
        let headers = if input.is_null() { &[][..] } else { &headers[..] };
        client::send(ingress, Method::POST, path, headers, body).await.unwrap()
    }

    /// Calls a handler without waiting. Returns the id of the invocation.
    pub async fn send(&self, path: &str, input: &Value) -> String {
        let answer = self.call(&format!("{path}/send"), input).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        json_of(&answer)["invocationId"].as_str().unwrap().to_owned()
    }

    /// Waits until an invocation has a status, as our own listing names it.
    pub async fn until(&self, id: &str, status: &str) {
        let path = format!("/invocations/{id}");
        let limit = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let answer = client::get(self.admin(), &path).await.unwrap();
                if json_of(&answer)["status"] == status {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        limit.await.unwrap_or_else(|_| panic!("{id} is not {status} within a minute"));
    }
}

/// Serves `Remote` at a new address.
pub async fn remote() -> RunningEndpoint {
    let builder = Endpoint::builder().bind(RemoteServer::new(Services));
    RunningEndpoint::start(builder, free_address()).await
}

pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", answer.text()))
}

/// The last word of `text` that begins like this.
pub fn word(text: &str, prefix: &str) -> String {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let found = words.rfind(|word| word.starts_with(prefix));
    found.unwrap_or_else(|| panic!("no {prefix} in: {text}")).to_owned()
}

/// Asserts that `text` has each of these.
#[track_caller]
pub fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

/// No input.
pub fn nothing() -> Value {
    json!(null)
}
