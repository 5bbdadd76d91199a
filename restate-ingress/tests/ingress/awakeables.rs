use restate_core::well_known::StringValue;
use restate_ingress::IngressError;

use crate::server::{Server, refusal, response};

#[tokio::test]
async fn an_awakeable_is_resolved_with_a_value() {
    let mut server = Server::start((0..3).map(|_| response(202, &[], ""))).await;
    let client = server.client();
    client.awakeable("sign_1").resolve(&7_u64).await.unwrap();
    client.awakeable("sign_1").resolve(&StringValue { value: "hi".into() }).await.unwrap();
    client.awakeable("sign_1").resolve(&()).await.unwrap();

    for (content_type, body) in [
        (Some("application/json"), &b"7"[..]),
        (Some("application/proto"), b"\x0a\x02hi"),
        (None, b""),
    ] {
        let seen = server.seen().await;
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", AT_RESOLVE));
        assert_eq!(seen.header("content-type"), content_type);
        assert_eq!(seen.body, body);
    }
}

const AT_RESOLVE: &str = "/restate/awakeables/sign_1/resolve";

#[tokio::test]
async fn an_awakeable_is_rejected_with_a_message() {
    let mut server = Server::start([response(202, &[], "")]).await;
    server.client().awakeable("a/b").reject("out of stock").await.unwrap();
    let seen = server.seen().await;
    assert_eq!(seen.path, "/restate/awakeables/a%2Fb/reject");
    assert_eq!(seen.header("content-type"), Some("text/plain"));
    assert_eq!(seen.body, "out of stock");
}

#[tokio::test]
async fn a_refused_awakeable_is_not_retried() {
    let server = Server::start([refusal(400), refusal(503)]).await;
    for status in [400, 503] {
        let error = server.client().awakeable("x").resolve(&1_u64).await.unwrap_err();
        assert!(matches!(error, IngressError::Refused { status: it, .. } if it == status));
    }
}
