use std::sync::Arc;

use restate::{
    Json,
    embedded::{Client, ClientError},
    testing::TestEngine,
};
use tokio::{net::TcpListener, sync::mpsc};

use super::{DAY, Payment, PaymentsClient, PaymentsServer, Provider, WithWebhook, routes};

/// The engine, and the references that the provider is given.
async fn start() -> (TestEngine, mpsc::UnboundedReceiver<String>) {
    let (sender, references) = mpsc::unbounded_channel();
    let provider: Provider = Arc::new(move |_, reference| {
        // Nobody listens any more when the test has ended.
        drop(sender.send(reference.to_owned()));
    });
    let payments = PaymentsServer::new(WithWebhook { provider });
    (TestEngine::builder().bind(payments).start().await, references)
}

async fn serve(client: Client) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, routes(client, "secret")).into_future());
    Ok(url)
}

/// The status of the answer to a POST.
async fn post(url: String, secret: &'static str, body: String) -> Result<u16, ureq::Error> {
    let request = ureq::post(url).config().http_status_as_error(false).build();
    let request = request.header("x-webhook-secret", secret);
    let sent = tokio::task::spawn_blocking(move || request.send(body)).await;
    Ok(sent.expect("it does not panic")?.status().as_u16())
}

fn collect(test: &TestEngine) -> impl Future<Output = Result<String, ClientError>> + use<> {
    let payment = Payment { order: "order-1".to_owned(), cents: 900 };
    PaymentsClient::new(test.client())
        .collect(Json(payment))
        .idempotency_key("order-1")
        .into_future()
}

#[tokio::test]
async fn an_order_is_paid_when_the_webhook_says_so() -> Result<(), Box<dyn std::error::Error>> {
    let (test, mut references) = start().await;
    let url = serve(test.client()).await?;
    let order = r#"{"order":"order-1","cents":900}"#.to_owned();
    assert_eq!(post(format!("{url}/orders"), "", order.clone()).await?, 202);
    assert_eq!(post(format!("{url}/orders"), "", order).await?, 202);

    let reference = references.recv().await.ok_or("the provider was not asked")?;
    let event = format!(r#"{{"reference":"{reference}","paid":true}}"#);
    let webhooks = format!("{url}/webhooks/payments");
    assert_eq!(post(webhooks.clone(), "wrong", event.clone()).await?, 401);
    assert_eq!(post(webhooks.clone(), "secret", event.clone()).await?, 204);
    // Providers repeat webhooks.
    assert_eq!(post(webhooks, "secret", event).await?, 204);
    assert_eq!(collect(&test).await?, "paid");
    assert!(references.try_recv().is_err(), "the second order was the first one");
    Ok(())
}

#[tokio::test]
async fn a_payment_expires_after_a_day() -> Result<(), ClientError> {
    let (test, _references) = start().await;
    assert_eq!(collect(&test).await?, "expired");
    assert_eq!(test.elapsed(), DAY);
    Ok(())
}
