use std::{future::IntoFuture, time::Duration};

use restate_ingress::{IngressClient, IngressError};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::Instant,
};

use crate::{
    clients::GreeterClient,
    server::{ID, Server, refusal},
};

const HOUR: Duration = Duration::from_secs(3600);

/// The outcome of a request that the server reads and never responds to, on a clock that skips
/// waits.
async fn outcome<T: Send + 'static>(
    server: &mut Server,
    request: impl Future<Output = Result<T, IngressError>> + Send + 'static,
) -> Result<T, IngressError> {
    let request = tokio::spawn(request);
    server.seen().await;
    tokio::time::pause();
    let outcome = request.await.unwrap();
    tokio::time::resume();
    outcome
}

#[tokio::test]
async fn a_call_has_the_call_timeout_of_the_client() {
    let mut server = Server::start([]).await;
    let client = server.builder().call_timeout(HOUR).build().unwrap();
    let call = GreeterClient(client).greet("Pete").into_future();
    let error = outcome(&mut server, call).await.unwrap_err();
    assert!(matches!(error, IngressError::TimedOut { limit: HOUR, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "no response to POST /greeter.v1.Greeter/Greet within 3600s; it may have been accepted; \
         retry it with the same idempotency key, or raise the limit with `call_timeout(..)`"
    );
}

#[tokio::test]
async fn attaching_has_the_call_timeout() {
    let mut server = Server::start([]).await;
    let invocation = server.builder().call_timeout(HOUR).build().unwrap().invocation(ID);
    let error = outcome(&mut server, async move { invocation.attach::<u64>().await }).await;
    assert!(matches!(error, Err(IngressError::TimedOut { limit: HOUR, .. })), "{error:?}");
}

#[tokio::test]
async fn a_call_has_no_timeout_by_default() {
    let mut server = Server::start([]).await;
    let call = GreeterClient(server.client()).greet("Pete").into_future();
    let call = async { Ok(tokio::time::timeout(1000 * HOUR, call).await.is_err()) };
    assert!(outcome(&mut server, call).await.unwrap(), "still waiting");
}

#[tokio::test]
async fn requests_that_do_not_wait_for_a_handler_have_a_timeout_of_30_seconds() {
    let limit = Duration::from_secs(30);
    let mut server = Server::start([]).await;
    let client = server.builder().call_timeout(HOUR).admin(&server.url).build().unwrap();
    let (greeter, invocation) = (GreeterClient(client.clone()), client.invocation(ID));
    let awakeable = client.awakeable("sign_1");

    let sent = outcome(&mut server, greeter.greet("Pete").one_way()).await.map(drop);
    let output = invocation.clone();
    let output = outcome(&mut server, async move { output.output::<u64>().await }).await.map(drop);
    let cancelled = outcome(&mut server, async move { invocation.cancel().await }).await;
    let resolved = outcome(&mut server, async move { awakeable.resolve(&1_u64).await }).await;
    for error in [sent, output, cancelled, resolved] {
        let Err(IngressError::TimedOut { limit: it, setting, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!((it, setting), (limit, "request_timeout"));
    }
}

#[tokio::test]
async fn retries_do_not_extend_the_timeout() {
    let mut server = Server::start((0..9).map(|_| refusal(503))).await;
    let policy = restate_ingress::RetryPolicy::new().initial_interval(HOUR).max_interval(HOUR);
    let client = server.builder().retry_policy(policy).call_timeout(2 * HOUR).build().unwrap();
    let call = GreeterClient(client).greet("Pete").idempotency_key("k").into_future();
    let start = Instant::now();
    let error = outcome(&mut server, call).await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 503, .. }), "{error:?}");
    assert!(start.elapsed() < 2 * HOUR + Duration::from_secs(1));
}

#[tokio::test]
async fn a_connection_that_is_not_accepted_times_out() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // The listener does not accept; once its backlog is full, connecting waits.
    let mut backlog = Vec::new();
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await
    {
        backlog.push(stream.unwrap());
    }
    let client =
        IngressClient::builder(format!("http://{address}")).connect_timeout(HOUR).build().unwrap();
    tokio::time::pause();
    let error = GreeterClient(client).greet("Pete").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot reach http://{address}: no connection within 3600s; \
             check the address and that the engine is running"
        )
    );
}
