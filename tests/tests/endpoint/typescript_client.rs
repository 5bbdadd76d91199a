//! Restate's ingress client for TypeScript on the embedded engine.
//!
//! The client names handlers as TypeScript does, and the run of a workflow `run`. A Restate server has
//! only the names that a deployment registers, so there a contract has to use these names.

use restate_core::{Context, HandlerResult, ObjectContext, SharedWorkflowContext, WorkflowContext};
use restate_embedded::Engine;
use restate_tests::typescript_client;
use serde_json::json;

#[restate_core::service(name = "client.v1.Greeter")]
trait Greeter {
    #[handler(name = "SayHello")]
    async fn say_hello(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

#[restate_core::object(name = "client.v1.Counter")]
trait Counter {
    #[handler(name = "Add")]
    async fn add(&self, ctx: ObjectContext<'_>, delta: i32) -> HandlerResult<i32>;
}

#[restate_core::workflow(name = "client.v1.Signup")]
trait Signup {
    #[handler(name = "Run")]
    async fn run(&self, ctx: WorkflowContext<'_>, address: String) -> HandlerResult<String>;
    #[handler(name = "Address")]
    async fn address(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<String>;
}

struct Services;

impl Greeter for Services {
    async fn say_hello(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Hello {name}"))
    }
}

impl Counter for Services {
    async fn add(&self, ctx: ObjectContext<'_>, delta: i32) -> HandlerResult<i32> {
        let total = ctx.get("total").await?.unwrap_or(0) + delta;
        ctx.set("total", total);
        Ok(total)
    }
}

impl Signup for Services {
    async fn run(&self, ctx: WorkflowContext<'_>, address: String) -> HandlerResult<String> {
        ctx.promise("address").resolve(address.clone()).await?;
        Ok(format!("{address} is confirmed"))
    }

    async fn address(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<String> {
        Ok(ctx.promise("address").await?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typescript_client_names_handlers_as_typescript_does() {
    let engine = Engine::builder()
        .bind(GreeterServer::new(Services))
        .bind(CounterServer::new(Services))
        .bind(SignupServer::new(Services))
        .in_memory()
        .ingress("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let ingress = engine.ingress_addr().unwrap();
    let results = tokio::task::spawn_blocking(move || typescript_client::run(ingress)).await;
    assert_eq!(
        results.unwrap(),
        json!({
            "called": "Hello Pete",
            "inLowerCamelCase": "Hello Pete",
            "added": [2, 5],
            "sent": ["Accepted", "Hello Ann"],
            "submitted": "Accepted",
            "address": "pete@example.com",
            "attached": "pete@example.com is confirmed",
            "output": "pete@example.com is confirmed",
            "again": "PreviouslyAccepted",
            "refused": 404,
        })
    );
    engine.shutdown().await.unwrap();
}
