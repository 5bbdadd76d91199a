use std::future::IntoFuture as _;

use crate::{
    clients::GreeterClient,
    server::{Reply, Server, refusal, result},
};

#[tokio::test]
async fn sequential_requests_share_a_connection() {
    let replies = (0..20).map(|n| if n % 2 == 0 { result("\"Hello\"") } else { refusal(404) });
    let server = Server::start(replies).await;
    let greeter = GreeterClient(server.client());
    for _ in 0..10 {
        greeter.greet("Pete").await.unwrap();
        greeter.greet("Pete").await.unwrap_err();
    }
    assert_eq!((server.unseen(), server.connections()), (20, 1));
}

#[tokio::test]
async fn clones_share_their_connections() {
    let server = Server::start([result("\"Hello\""), result("\"Hello\"")]).await;
    let client = server.client();
    GreeterClient(client.clone()).greet("Pete").await.unwrap();
    GreeterClient(client).greet("Pete").await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn concurrent_requests_have_their_own_connections() {
    let mut server = Server::start([Reply::Hang, result("\"Hello\"")]).await;
    let greeter = GreeterClient(server.client());
    let hanging = tokio::spawn(greeter.greet("Pete").into_future());
    server.seen().await;
    greeter.greet("Pete").await.unwrap();
    assert_eq!(server.connections(), 2);
    hanging.abort();
}

#[tokio::test]
async fn a_broken_connection_is_replaced() {
    let server = Server::start([Reply::Close, result("\"Hello\"")]).await;
    let greeter = GreeterClient(server.client());
    greeter.greet("Pete").await.unwrap_err();
    greeter.greet("Pete").await.unwrap();
    assert_eq!(server.connections(), 2);
}
