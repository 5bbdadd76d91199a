//! Five workloads: nothing, three journaled steps, a call, one-way calls, state.

use restate_core::{Context, HandlerResult, Json, ObjectContext, object, service};
use serde::{Deserialize, Serialize};

/// Whom to greet.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct GreetRequest {
    name: String,
}

/// What was said.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct GreetResponse {
    message: String,
}

/// How many calls to make.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct FanRequest {
    n: u32,
}

/// How much to add.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AddRequest {
    delta: i64,
}

/// The new count.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AddResponse {
    value: i64,
}

/// No operation of the context.
#[service]
pub(crate) trait Greeter {
    async fn greet(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;
}

/// Three `run` steps in sequence.
#[service]
pub(crate) trait Steps {
    async fn run(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;
}

/// Calls of the greeter.
#[service]
pub(crate) trait Chain {
    /// One request-response call.
    async fn call(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;

    /// `n` one-way calls.
    async fn fan(&self, ctx: Context<'_>, request: Json<FanRequest>) -> HandlerResult<()>;
}

/// State of a keyed object, read and written.
#[object]
pub(crate) trait Counter {
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        request: Json<AddRequest>,
    ) -> HandlerResult<Json<AddResponse>>;
}

pub(crate) struct Salute;

impl Greeter for Salute {
    async fn greet(
        &self,
        _: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        Ok(Json(GreetResponse { message: format!("Greetings {}", request.name) }))
    }
}

pub(crate) struct ThreeRuns;

impl Steps for ThreeRuns {
    async fn run(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let mut total = 0;
        for step in 0..3_u64 {
            total += ctx.run(|| async move { Ok(step) }).await?;
        }
        Ok(Json(GreetResponse { message: format!("{} {total}", request.name) }))
    }
}

pub(crate) struct Forward;

impl Chain for Forward {
    async fn call(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        Ok(GreeterClient::new(ctx).greet(request).await?)
    }

    async fn fan(&self, ctx: Context<'_>, Json(request): Json<FanRequest>) -> HandlerResult<()> {
        let greeter = GreeterClient::new(ctx);
        for n in 0..request.n {
            greeter.greet(Json(GreetRequest { name: format!("n{n}") })).one_way().await?;
        }
        Ok(())
    }
}

pub(crate) struct AddToState;

impl Counter for AddToState {
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        Json(request): Json<AddRequest>,
    ) -> HandlerResult<Json<AddResponse>> {
        let value = ctx.get::<i64>("count").await?.unwrap_or_default() + request.delta;
        ctx.set("count", value);
        Ok(Json(AddResponse { value }))
    }
}
