//! A web server of axum and the engine in one process: a payment that ends with a webhook.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use restate::{
    Context, Engine, HandlerResult, Json,
    embedded::{Client, ClientError, shutdown_signal},
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[cfg(test)]
mod tests;

#[derive(Serialize, Deserialize)]
struct Payment {
    order: String,
    cents: u32,
}

/// What the provider sends.
#[derive(Serialize, Deserialize)]
struct Event {
    reference: String,
    paid: bool,
}

#[restate::service]
trait Payments {
    /// Asks the provider for a payment, and waits for its webhook: `paid`, `refused`, or `expired` after a day.
    async fn collect(&self, ctx: Context<'_>, payment: Json<Payment>) -> HandlerResult<String>;
}

/// Sends a request for a payment to the provider, who puts the reference into the webhook.
type Provider = Arc<dyn Fn(&Payment, &str) + Send + Sync>;

struct WithWebhook {
    provider: Provider,
}

const DAY: Duration = Duration::from_secs(86_400);

#[restate::handlers]
impl Payments for WithWebhook {
    async fn collect(
        &self,
        ctx: Context<'_>,
        Json(payment): Json<Payment>,
    ) -> HandlerResult<String> {
        let paid = ctx.awakeable::<bool>();
        let reference = paid.id().to_owned();
        let ask = || async {
            (self.provider)(&payment, &reference);
            Ok(())
        };
        ctx.run(ask).name("ask").await?;
        match ctx.timeout(DAY, paid).await {
            Ok(paid) => Ok(if paid? { "paid" } else { "refused" }.to_owned()),
            Err(error) if error.code() == 408 => Ok("expired".to_owned()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What the routes need.
#[derive(Clone)]
struct Shop {
    client: Client,
    secret: Arc<str>,
}

fn routes(client: Client, secret: &str) -> Router {
    let shop = Shop { client, secret: secret.into() };
    Router::new()
        .route("/orders", post(order))
        .route("/webhooks/payments", post(webhook))
        .with_state(shop)
}

/// Takes an order: its payment goes on after the answer, also if this process ends.
async fn order(State(shop): State<Shop>, body: Bytes) -> Result<StatusCode, StatusCode> {
    let payment: Payment = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let key = payment.order.clone();
    let call = PaymentsClient::new(&shop.client).collect(Json(payment));
    // A browser that sends its form twice has ordered once.
    call.idempotency_key(key).one_way().await.map_err(unavailable)?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes what the provider sends. It is stored when this answers, so the provider need not repeat it.
async fn webhook(
    State(shop): State<Shop>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, StatusCode> {
    // A real provider signs the body: check that with its library.
    if headers
        .get("x-webhook-secret")
        .is_none_or(|secret| secret.as_bytes() != shop.secret.as_bytes())
    {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let event: Event = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    // A repetition finds the awakeable completed, and changes nothing.
    shop.client.awakeable(event.reference).resolve(&event.paid).await.map_err(unavailable)?;
    Ok(StatusCode::NO_CONTENT)
}

fn unavailable(error: ClientError) -> StatusCode {
    match error {
        ClientError::Failed(error) => {
            StatusCode::from_u16(error.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
        // The client repeats it.
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let provider: Provider = Arc::new(|payment, reference| {
        println!("please pay {} cents for {}: {reference}", payment.cents, payment.order);
    });
    let payments = PaymentsServer::new(WithWebhook { provider });
    // No ingress: only the routes call handlers.
    let engine = Engine::builder().bind(payments).data_dir("restate-data").start().await?;
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    let server = axum::serve(listener, routes(engine.client(), "secret"));
    let server = tokio::spawn(server.with_graceful_shutdown(shutdown_signal()).into_future());
    engine.run_until(shutdown_signal()).await?;
    server.await??;
    Ok(())
}
