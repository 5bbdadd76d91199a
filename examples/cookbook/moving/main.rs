//! One program for both engines: embedded, or behind a Restate server if `ENDPOINT` names an address.

use restate::{
    Endpoint, Engine, HandlerResult, ObjectContext,
    embedded::{EngineBuilder, shutdown_signal},
    endpoint::EndpointBuilder,
};

#[cfg(test)]
mod tests;

/// The code that is generated from `counter.proto`.
mod contract {
    restate::include_proto!("cookbook.counter.v1");
}
use contract::{AddRequest, Count, Counter, CounterServer};

struct InState;

#[restate::handlers]
impl Counter for InState {
    async fn add(&self, ctx: ObjectContext<'_>, request: AddRequest) -> HandlerResult<Count> {
        let value = ctx.get::<i64>("value").await?.unwrap_or_default() + request.delta;
        ctx.set("value", value);
        Ok(Count { value })
    }
}

/// The services on the embedded engine.
fn embedded() -> EngineBuilder {
    Engine::builder().bind(CounterServer::new(InState))
}

/// The same services for a Restate server.
fn endpoint() -> EndpointBuilder {
    Endpoint::builder().bind(CounterServer::new(InState))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    if let Ok(address) = std::env::var("ENDPOINT") {
        endpoint().build()?.run_until(address, shutdown_signal()).await?;
    } else {
        let engine = embedded().data_dir("restate-data").ingress("127.0.0.1:8080");
        let engine = engine.admin("127.0.0.1:9070").start().await?;
        engine.run_until(shutdown_signal()).await?;
    }
    Ok(())
}
