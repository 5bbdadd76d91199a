use restate_core::{Call, Target, well_known::StringValue};
use restate_ingress::IngressError;

use crate::{
    clients::{GreeterClient, SignupClient},
    server::{ID, Server, receipt, response, result},
};

#[tokio::test]
async fn a_call_posts_the_request_and_decodes_the_result() {
    let mut server = Server::start([result("\"Hello Pete\"")]).await;
    let greeting = GreeterClient(server.client()).greet("Pete").await.unwrap();
    assert_eq!(greeting, "Hello Pete");

    let seen = server.seen().await;
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/greeter.v1.Greeter/Greet"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("idempotency-key"), None);
    assert_eq!(seen.header("x-restateclient-retry-attempt"), None);
    assert_eq!(seen.body, "\"Pete\"");
}

#[tokio::test]
async fn a_key_is_one_segment_of_the_path() {
    for (key, path) in [
        ("pete", "/Signup/pete/Run"),
        ("a/b", "/Signup/a%2Fb/Run"),
        ("100%", "/Signup/100%25/Run"),
        ("a?b#c d", "/Signup/a%3Fb%23c%20d/Run"),
        ("..", "/Signup/%2E%2E/Run"),
        ("żółw", "/Signup/%C5%BC%C3%B3%C5%82w/Run"),
    ] {
        let mut server = Server::start([result("true")]).await;
        assert!(SignupClient(server.client(), key).run("p@example.com").await.unwrap());
        assert_eq!(server.seen().await.path, path);
    }
}

#[tokio::test]
async fn a_scope_is_part_of_the_path_and_a_limit_key_is_a_header() {
    let mut server = Server::start([result("\"Hello Pete\"")]).await;
    let greeter = GreeterClient(server.client());
    greeter.greet("Pete").scope("orders").limit_key("tenant/user").await.unwrap();
    let seen = server.seen().await;
    assert_eq!(seen.path, "/restate/scope/orders/call/greeter.v1.Greeter/Greet");
    assert_eq!(seen.header("x-restate-limit-key"), Some("tenant/user"));
}

#[tokio::test]
async fn a_message_is_sent_as_json_on_request() {
    let mut server = Server::start([result("\"hi\"")]).await;
    let echo = GreeterClient(server.client()).echo("hi").json().await.unwrap();
    assert_eq!(echo, StringValue { value: "hi".into() });
    let seen = server.seen().await;
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.body, "\"hi\"");
}

#[tokio::test]
async fn a_message_is_sent_as_binary_protobuf() {
    let mut server = Server::start([result("\"hi\"")]).await;
    GreeterClient(server.client()).echo("hi").await.unwrap();
    let seen = server.seen().await;
    assert_eq!(seen.header("content-type"), Some("application/proto"));
    assert_eq!(seen.body, &b"\x0a\x02hi"[..]);
}

#[tokio::test]
async fn a_message_is_decoded_by_its_content_type() {
    for (content_type, body) in [
        ("application/json", &b"\"hi\""[..]),
        ("application/json; charset=utf-8", b"\"hi\""),
        ("application/proto", b"\x0a\x02hi"),
        ("application/protobuf", b"\x0a\x02hi"),
    ] {
        let headers = [("x-restate-id", ID), ("content-type", content_type)];
        let server = Server::start([response(200, &headers, body)]).await;
        let echo = GreeterClient(server.client()).echo("hi").await.unwrap();
        assert_eq!(echo, StringValue { value: "hi".into() }, "{content_type}");
    }
}

#[tokio::test]
async fn an_empty_request_has_no_content_type() {
    let mut server = Server::start([response(200, &[("x-restate-id", ID)], "")]).await;
    GreeterClient(server.client()).ping().await.unwrap();
    let seen = server.seen().await;
    assert_eq!(seen.header("content-type"), None);
    assert!(seen.body.is_empty());
}

#[tokio::test]
async fn a_message_of_no_bytes_has_no_content_type() {
    let mut server = Server::start([result("\"\""), receipt("Accepted"), result("\"\"")]).await;
    let greeter = GreeterClient(server.client());
    greeter.echo("").await.unwrap();
    greeter.echo("").one_way().await.unwrap();
    greeter.echo("").header("content-type", "application/x-protobuf").await.unwrap();
    for content_type in [None, None, Some("application/x-protobuf")] {
        let seen = server.seen().await;
        assert_eq!(seen.header("content-type"), content_type);
        assert!(seen.body.is_empty());
    }
}

#[tokio::test]
async fn headers_of_the_call_override_those_of_the_client() {
    let mut server = Server::start([result("\"\"")]).await;
    let client = server
        .builder()
        .header("x-tenant", "pets")
        .header("x-region", "eu")
        .bearer_token("secret")
        .build()
        .unwrap();
    let call = GreeterClient(client).greet("Pete");
    call.header("x-tenant", "plants").header("X-Trace", "1").header("x-trace", "2").await.unwrap();

    let seen = server.seen().await;
    assert_eq!(seen.header("x-tenant"), Some("plants"));
    assert_eq!(seen.header("x-region"), Some("eu"));
    assert_eq!(seen.header("authorization"), Some("Bearer secret"));
    let traces: Vec<_> = seen.headers.get_all("x-trace").iter().collect();
    assert_eq!(traces, ["1", "2"]);
}

#[tokio::test]
async fn an_idempotency_key_is_sent_as_a_header() {
    let mut server = Server::start([result("\"\"")]).await;
    GreeterClient(server.client()).greet("Pete").idempotency_key("order-7").await.unwrap();
    assert_eq!(server.seen().await.header("idempotency-key"), Some("order-7"));
}

#[tokio::test]
async fn an_invalid_request_is_not_sent() {
    let server = Server::start([]).await;
    let greeter = GreeterClient(server.client());
    let empty_key = SignupClient(server.client(), "").run("p@example.com");
    let long_key = "k".repeat(100_000);
    let long_key: Call<_, String, String> =
        Call::new(&server.client(), Target::object("Signup", long_key, "Run"), String::new());
    for (outcome, message) in [
        (empty_key.await.map(drop), "the key of a call to Signup/Run is empty"),
        (
            greeter.greet("").header("host", "x").await.map(drop),
            "header `host` is set by the connection",
        ),
        (greeter.greet("").header("a b", "x").await.map(drop), "\"a b\" is not a header name"),
        (greeter.greet("").header("a", "x\ny").await.map(drop), "the value of header `a` contains"),
        (
            greeter.greet("").header("Idempotency-Key", "x").await.map(drop),
            "header `idempotency-key` also makes",
        ),
        (greeter.greet("").idempotency_key("").await.map(drop), "the idempotency key of a call to"),
        (greeter.greet("").idempotency_key("a\r").await.map(drop), "the idempotency key \"a\\r\""),
        (long_key.await.map(drop), "POST /Signup/kkk"),
    ] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, IngressError::Invalid(_)), "{error:?}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
    assert_eq!(server.connections(), 0);
}
