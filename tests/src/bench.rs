//! The services of the benchmarks. `benches/official/src/lib.rs` has the same, except `Rest`, on the
//! official SDK.

use bytes::Bytes;
use restate_core::{
    Context, HandlerResult, Json, ObjectContext, combine::try_join_all, object, service,
};
use serde::{Deserialize, Serialize};

use crate::services::Bound;

/// All of them.
pub fn services() -> Vec<Bound> {
    vec![
        Bound::new(GreeterServer::new(Salute)),
        Bound::new(StepsServer::new(RunSteps)),
        Bound::new(ChainServer::new(CallGreeter)),
        Bound::new(TreeServer::new(CallThree)),
        Bound::new(BenchCounterServer::new(AddToState)),
        Bound::new(EchoServer::new(Repeat)),
        Bound::new(RestServer::new(Forever)),
    ]
}

/// The person to greet.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct GreetRequest {
    name: String,
}

/// The greeting.
#[derive(Debug, Deserialize, Serialize)]
struct GreetResponse {
    message: String,
}

/// The number of calls or steps.
#[derive(Debug, Deserialize, Serialize)]
struct Many {
    n: u32,
}

/// The number to add.
#[derive(Debug, Deserialize, Serialize)]
struct AddRequest {
    delta: i64,
}

/// The new value.
#[derive(Debug, Deserialize, Serialize)]
struct AddResponse {
    value: i64,
}

/// A handler without context operations.
#[service]
trait Greeter {
    async fn greet(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;
}

/// `run` steps in sequence.
#[service]
trait Steps {
    /// Three steps.
    async fn run(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;

    /// Three steps that are marked as read-only.
    async fn read(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;

    /// `n` steps.
    async fn many(&self, ctx: Context<'_>, request: Json<Many>) -> HandlerResult<u64>;
}

/// Calls to the greeter.
#[service]
trait Chain {
    /// One request-response call.
    async fn call(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;

    /// `n` one-way calls.
    async fn fan(&self, ctx: Context<'_>, request: Json<Many>) -> HandlerResult<()>;
}

/// A tree of request-response calls: thirteen invocations in three levels.
#[service]
trait Tree {
    /// Calls three branches at once, and answers with the greetings of their leaves.
    async fn call(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;

    /// Calls the greeter three times at once.
    async fn branch(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>>;
}

/// Reads and writes the state of an object.
#[object(name = "Counter")]
trait BenchCounter {
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        request: Json<AddRequest>,
    ) -> HandlerResult<Json<AddResponse>>;
}

/// Answers with the request.
#[service]
trait Echo {
    async fn bytes(&self, ctx: Context<'_>, body: Bytes) -> HandlerResult<Bytes>;
}

/// An invocation that stays suspended.
#[service(inactivity_timeout = "0s")]
trait Rest {
    /// Waits for an awakeable that nobody resolves.
    async fn rest(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

struct Salute;

impl Greeter for Salute {
    async fn greet(
        &self,
        _: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        Ok(Json(GreetResponse { message: format!("Greetings {}", request.name) }))
    }
}

struct RunSteps;

impl Steps for RunSteps {
    async fn run(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let total = runs(ctx, 3).await?;
        Ok(Json(GreetResponse { message: format!("{} {total}", request.name) }))
    }

    async fn read(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let mut total = 0;
        for step in 0..3_u64 {
            total += ctx.run(|| async move { Ok(step) }).read_only().await?;
        }
        Ok(Json(GreetResponse { message: format!("{} {total}", request.name) }))
    }

    async fn many(&self, ctx: Context<'_>, Json(request): Json<Many>) -> HandlerResult<u64> {
        runs(ctx, request.n).await
    }
}

async fn runs(ctx: Context<'_>, n: u32) -> HandlerResult<u64> {
    let mut total = 0;
    for step in 0..u64::from(n) {
        total += ctx.run(|| async move { Ok(step) }).await?;
    }
    Ok(total)
}

struct CallGreeter;

impl Chain for CallGreeter {
    async fn call(
        &self,
        ctx: Context<'_>,
        request: Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        Ok(GreeterClient::new(ctx).greet(request).await?)
    }

    async fn fan(&self, ctx: Context<'_>, Json(request): Json<Many>) -> HandlerResult<()> {
        let greeter = GreeterClient::new(ctx);
        for n in 0..request.n {
            greeter.greet(Json(GreetRequest { name: format!("n{n}") })).one_way().await?;
        }
        Ok(())
    }
}

struct CallThree;

impl Tree for CallThree {
    async fn call(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let tree = TreeClient::new(ctx);
        let branches = [(); 3].map(|()| tree.branch(Json(request.clone())).call());
        Ok(joined(try_join_all(branches).await?))
    }

    async fn branch(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let greeter = GreeterClient::new(ctx);
        let leaves = [(); 3].map(|()| greeter.greet(Json(request.clone())).call());
        Ok(joined(try_join_all(leaves).await?))
    }
}

fn joined(responses: Vec<Json<GreetResponse>>) -> Json<GreetResponse> {
    let messages = responses.into_iter().map(|Json(response)| response.message);
    Json(GreetResponse { message: messages.collect::<Vec<_>>().join(", ") })
}

struct AddToState;

impl BenchCounter for AddToState {
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

struct Repeat;

impl Echo for Repeat {
    async fn bytes(&self, _: Context<'_>, body: Bytes) -> HandlerResult<Bytes> {
        Ok(body)
    }
}

struct Forever;

impl Rest for Forever {
    async fn rest(&self, ctx: Context<'_>) -> HandlerResult<()> {
        Ok(ctx.awakeable::<()>().await?)
    }
}
