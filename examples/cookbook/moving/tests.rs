use restate::{IngressClient, RetryPolicy};
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    contract::{AddRequest, CounterClient},
    embedded, endpoint,
};

fn add() -> AddRequest {
    AddRequest { name: "pete".to_owned(), delta: 1 }
}

#[tokio::test]
async fn the_same_handlers_run_on_the_engine_and_behind_a_url()
-> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let engine = embedded().data_dir(directory.path()).ingress("127.0.0.1:0").start().await?;
    let url = format!("http://{}", engine.ingress_addr().expect("it has an address"));
    let counter = CounterClient::new(IngressClient::new(url)?);
    assert_eq!(counter.add(add()).await?.value, 1);
    engine.shutdown().await?;

    // In place of a Restate server, another engine: it knows the handlers by the URL of the endpoint alone.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let deployment = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(endpoint().build()?.run_until(listener, stopped));
    let other = tempfile::tempdir()?;
    let server = restate::Engine::builder().deployment(&deployment).data_dir(other.path());
    let server = server.ingress("127.0.0.1:0").start().await?;
    let url = format!("http://{}", server.ingress_addr().expect("it has an address"));
    let patient = RetryPolicy::new().max_attempts(100);
    let client = IngressClient::builder(url).retry_policy(patient).build()?;
    let counter = CounterClient::new(client);
    assert_eq!(counter.add(add()).idempotency_key("first").await?.value, 1);
    assert_eq!(counter.add(add()).idempotency_key("second").await?.value, 2);
    server.shutdown().await?;
    drop(stop);
    serving.await??;
    Ok(())
}
