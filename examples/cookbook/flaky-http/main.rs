//! A handler that calls an HTTP API which often fails.

use std::time::Duration;

use restate::{
    Context, Engine, HandlerError, HandlerResult, RetryPolicy, TerminalError,
    embedded::shutdown_signal,
};

#[cfg(test)]
mod tests;

#[restate::service]
trait Payments {
    /// Charges some cents, and returns the number of the receipt.
    async fn pay(&self, ctx: Context<'_>, cents: u32) -> HandlerResult<String>;
}

struct WithBank {
    url: String,
}

const BANK: RetryPolicy = RetryPolicy::new()
    .initial_interval(Duration::from_millis(200))
    .factor(2.0)
    .max_interval(Duration::from_secs(30));

#[restate::handlers]
impl Payments for WithBank {
    async fn pay(&self, ctx: Context<'_>, cents: u32) -> HandlerResult<String> {
        let key = ctx.uuid().to_string(); // the same in each attempt
        let charge = || charge(&self.url, &key, cents);
        // After an hour without success the error is terminal, and the caller decides.
        let limit = Duration::from_secs(3600);
        ctx.run(charge).name("charge").retry_policy(BANK).max_duration(limit).await
    }
}

/// Sends one request, and says whether another one would help if it fails.
async fn charge(url: &str, key: &str, cents: u32) -> HandlerResult<String> {
    let request = ureq::post(format!("{url}/charges"))
        .config()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(5)))
        .build()
        .header("idempotency-key", key);
    // This client blocks its thread.
    let sent = tokio::task::spawn_blocking(move || request.send(cents.to_string()));
    let mut response = sent.await??; // no connection, or no answer in time: try again
    match response.status().as_u16() {
        200..=299 => Ok(response.body_mut().read_to_string()?),
        429 | 503 => {
            let header = response.headers().get("retry-after");
            let seconds = header.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(1);
            Err(HandlerError::from("the bank is busy").retry_after(Duration::from_secs(seconds)))
        }
        status @ (408 | 425 | 500..) => Err(format!("the bank answered {status}").into()),
        status => Err(TerminalError::with_code(422, format!("refused with {status}")).into()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let url = std::env::var("BANK").unwrap_or("http://127.0.0.1:8000".to_owned());
    let engine = Engine::builder()
        .bind(PaymentsServer::new(WithBank { url }))
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
