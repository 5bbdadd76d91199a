//! Clients of several nodes.

use std::{net::TcpListener, time::Duration};

use bytes::Bytes;
use restate_core::{Target, TerminalError};
use restate_ingress::{EncodedCall, IngressClient, IngressError, RetryPolicy};

use crate::{
    clients::GreeterClient,
    server::{ID, Reply, Server, receipt, refusal, response, result},
};

/// An address that nothing listens on.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn client(nodes: &[&str]) -> IngressClient {
    let at_once = RetryPolicy::new().initial_interval(Duration::from_micros(1));
    let builder = IngressClient::builder(nodes[0]).retry_policy(at_once.factor(1.0));
    nodes[1..].iter().fold(builder, |builder, node| builder.node(*node)).build().unwrap()
}

fn call() -> EncodedCall {
    EncodedCall::new(Target::service("S", "h"), Bytes::from_static(b"{}"), Some("application/json"))
}

#[tokio::test]
async fn nodes_take_turns() {
    let replies = || (0..2).map(|_| result("\"Hello\""));
    let (one, other) = (Server::start(replies()).await, Server::start(replies()).await);
    let greeter = GreeterClient(client(&[&one.url, &other.url]));
    for _ in 0..4 {
        greeter.greet("Pete").await.unwrap();
    }
    assert_eq!((one.unseen(), other.unseen()), (2, 2));
}

#[tokio::test]
async fn any_call_goes_to_the_next_node_if_one_cannot_be_reached() {
    let server = Server::start((0..6).map(|_| result("\"Hello\""))).await;
    let greeter = GreeterClient(client(&[&dead(), &server.url, &dead()]));
    for _ in 0..6 {
        greeter.greet("Pete").await.unwrap();
    }
    assert_eq!(server.unseen(), 6);
}

#[tokio::test]
async fn a_cluster_is_healthy_if_a_node_is() {
    let limit = Duration::from_secs(2);
    let busy = || Server::start((0..2).map(|_| refusal(503)));
    let (one, mut other) = (busy().await, busy().await);
    assert!(!client(&[&one.url, &dead(), &other.url]).is_healthy(limit).await);
    let (stuck, healthy) = (Server::start([Reply::Hang]).await, Server::start([result("")]).await);
    assert!(client(&[&one.url, &dead(), &stuck.url, &healthy.url]).is_healthy(limit).await);
    let asked = other.seen().await;
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/restate/health"));
}

#[tokio::test]
async fn without_any_node_a_call_is_unreachable() {
    let error = GreeterClient(client(&[&dead(), &dead()])).greet("Pete").await.unwrap_err();
    assert!(matches!(error, IngressError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_call_that_may_have_been_accepted_goes_to_no_other_node() {
    for broken in [|| Reply::Close, || refusal(503)] {
        let (one, other) = (Server::start([broken()]).await, Server::start([]).await);
        let client = client(&[&one.url, &other.url]);
        client.call_encoded(call()).await.unwrap_err();
        assert_eq!((one.unseen(), other.unseen()), (1, 0));
    }
}

#[tokio::test]
async fn a_call_that_can_be_repeated_goes_to_the_next_node() {
    let repeatable =
        [call().idempotency_key(Some("order-7".to_owned())), call().without_side_effects()];
    for call in repeatable {
        for broken in [|| Reply::Close, || refusal(503)] {
            let (one, other) =
                (Server::start([broken()]).await, Server::start([result("\"Hello\"")]).await);
            let client = client(&[&one.url, &other.url]);
            let response = client.call_encoded(call.clone()).await.unwrap();
            assert_eq!((&*response.invocation_id, &*response.body), (ID, &b"\"Hello\""[..]));
            assert_eq!((one.unseen(), other.unseen()), (1, 1));
        }
    }
}

#[tokio::test]
async fn a_delay_is_the_text_that_was_given() {
    let mut server = Server::start([receipt("Accepted"), receipt("Accepted")]).await;
    let client = client(&[&server.url]);
    assert_eq!(&*client.send_encoded(call(), Some("PT1S")).await.unwrap(), ID);
    assert_eq!(server.seen().await.path, "/S/h/send?delay=PT1S");
    client.send_encoded(call(), Some("1 s&a=b")).await.unwrap();
    assert_eq!(server.seen().await.path, "/S/h/send?delay=1%20s%26a%3Db");
}

#[tokio::test]
async fn an_invocation_is_found_by_its_key() {
    let found = || response(200, &[], format!(r#"{{"invocationId":"{ID}"}}"#));
    let mut server = Server::start([found(), found(), refusal(404)]).await;
    let client = client(&[&server.url]);
    let target = Target::object("Cart", "pete", "add");
    assert_eq!(&*client.find_idempotent(&target, None, "order-7").await.unwrap(), ID);
    let seen = server.seen().await;
    assert_eq!(seen.path, "/restate/lookup");
    let expected = r#"{"handler":"add","idempotencyKey":"order-7","key":"pete","service":"Cart","target":"idempotentInvocation"}"#;
    assert_eq!(seen.body, expected);
    assert_eq!(&*client.find_workflow("Signup", "pete", Some("t")).await.unwrap(), ID);
    let expected =
        r#"{"scope":"t","target":"workflow","workflowKey":"pete","workflowName":"Signup"}"#;
    assert_eq!(server.seen().await.body, expected);
    let error = client.find_workflow("Signup", "ann", None).await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 404, .. }), "{error:?}");
    assert_eq!(error.terminal(), None::<&TerminalError>);
}
