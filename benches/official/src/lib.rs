//! The services of the benchmarks on the official SDK: the same names, handlers and JSON as in
//! `tests/src/bench`.

use bytes::Bytes;
use restate_sdk::{context::RequestTarget, endpoint::Endpoint, prelude::*};
use serde::{Deserialize, Serialize};

/// All services, to be served.
pub fn endpoint() -> Endpoint {
    Endpoint::builder()
        .bind(Greeter)
        .bind(Steps)
        .bind(Chain)
        .bind(Tree)
        .bind(Counter)
        .bind(Echo)
        .build()
}

#[derive(Clone, Deserialize, Serialize)]
struct GreetRequest {
    name: String,
}

#[derive(Deserialize, Serialize)]
struct GreetResponse {
    message: String,
}

/// The number of calls or steps.
#[derive(Deserialize)]
struct Many {
    n: u32,
}

#[derive(Deserialize)]
struct AddRequest {
    delta: i64,
}

#[derive(Serialize)]
struct AddResponse {
    value: i64,
}

struct Greeter;

#[service]
impl Greeter {
    #[handler]
    async fn greet(
        &self,
        _: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        Ok(Json(GreetResponse { message: format!("Greetings {}", request.name) }))
    }
}

struct Steps;

#[service]
impl Steps {
    #[handler]
    async fn run(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let total = runs(&ctx, 3).await?;
        Ok(Json(GreetResponse { message: format!("{} {total}", request.name) }))
    }

    /// Here a step cannot be marked as read-only.
    #[handler]
    async fn read(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let total = runs(&ctx, 3).await?;
        Ok(Json(GreetResponse { message: format!("{} {total}", request.name) }))
    }

    #[handler]
    async fn many(&self, ctx: Context<'_>, Json(request): Json<Many>) -> HandlerResult<u64> {
        runs(&ctx, request.n).await
    }
}

async fn runs(ctx: &Context<'_>, n: u32) -> HandlerResult<u64> {
    let mut total = 0;
    for step in 0..u64::from(n) {
        total += ctx.run(|| async move { Ok(step) }).await?;
    }
    Ok(total)
}

struct Chain;

#[service]
impl Chain {
    #[handler]
    async fn call(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        let greet = RequestTarget::service("Greeter", "greet");
        let response: Json<GreetResponse> = ctx.request(greet, Json(request)).call().await?;
        Ok(response)
    }

    #[handler]
    async fn fan(&self, ctx: Context<'_>, Json(request): Json<Many>) -> HandlerResult<()> {
        for n in 0..request.n {
            let greet = RequestTarget::service("Greeter", "greet");
            let request = Json(GreetRequest { name: format!("n{n}") });
            let _ = ctx.request::<_, ()>(greet, request).send();
        }
        Ok(())
    }
}

struct Tree;

#[service]
impl Tree {
    #[handler]
    async fn call(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        call_three(&ctx, "Tree", "branch", &request).await
    }

    #[handler]
    async fn branch(
        &self,
        ctx: Context<'_>,
        Json(request): Json<GreetRequest>,
    ) -> HandlerResult<Json<GreetResponse>> {
        call_three(&ctx, "Greeter", "greet", &request).await
    }
}

/// Three calls at once: each is recorded here, before the first response is awaited.
async fn call_three(
    ctx: &Context<'_>,
    service: &str,
    handler: &str,
    request: &GreetRequest,
) -> HandlerResult<Json<GreetResponse>> {
    let calls = [(); 3].map(|()| {
        let target = RequestTarget::service(service, handler);
        ctx.request::<_, Json<GreetResponse>>(target, Json(request.clone())).call()
    });
    let mut messages = Vec::with_capacity(calls.len());
    for call in calls {
        let Json(response) = call.await?;
        messages.push(response.message);
    }
    Ok(Json(GreetResponse { message: messages.join(", ") }))
}

struct Counter;

#[object]
impl Counter {
    #[handler]
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

struct Echo;

#[service]
impl Echo {
    #[handler]
    async fn bytes(&self, _: Context<'_>, body: Bytes) -> HandlerResult<Bytes> {
        Ok(body)
    }
}
