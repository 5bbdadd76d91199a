//! A program that calls services from outside: of an embedded engine, or of a Restate server.

use std::{error::Error, time::Duration};

use restate::{Context, HandlerResult, IngressClient, Json, RetryPolicy, ingress::IngressError};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The contract, which a real client takes from the crate of the service, or from its `.proto`.
#[restate::service]
trait Reports {
    /// Takes some time.
    async fn write(&self, ctx: Context<'_>, topic: String) -> HandlerResult<Json<Report>>;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Report {
    text: String,
}

/// What came of a report.
#[derive(Debug, PartialEq)]
enum Outcome {
    Written(String),
    /// The handler says why.
    Refused(String),
    /// It goes on, and its result can be asked for later.
    NotYet,
}

/// Has a report written once, however often this is called for the same number.
async fn write(
    ingress: &IngressClient,
    number: &str,
    topic: &str,
) -> Result<Outcome, IngressError> {
    let call = ReportsClient::new(ingress).write(topic.to_owned());
    // With a key, the client repeats the request when the connection breaks.
    let sent = call.idempotency_key(number).one_way().await?;
    eprintln!("accepted as {}", sent.invocation_id());
    match sent.attach::<Json<Report>>().await {
        Ok(Json(report)) => Ok(Outcome::Written(report.text)),
        Err(IngressError::Failed { error, .. }) => Ok(Outcome::Refused(error.message().to_owned())),
        Err(IngressError::TimedOut { .. }) => Ok(Outcome::NotYet),
        Err(error) => Err(error),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(number), Some(topic)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: client URL NUMBER TOPIC".into());
    };
    let retries = RetryPolicy::new().initial_interval(Duration::from_millis(100)).max_attempts(10);
    let ingress = IngressClient::builder(url)
        .retry_policy(retries)
        .call_timeout(Duration::from_secs(60))
        .build()?;
    println!("{:?}", write(&ingress, &number, &topic).await?);
    Ok(())
}
