use std::time::Duration;

use restate_ingress::{IngressError, RetryPolicy};
use tokio::time::Instant;

use crate::{
    clients::GreeterClient,
    server::{ID, Reply, Server, failure, refusal, response, result},
};

/// The outcome of the first attempt; the second would succeed.
#[derive(Clone, Copy, Debug)]
enum First {
    Refused(u16),
    Failed(u16),
    Closed,
    NoResult,
}

impl First {
    fn reply(self) -> Reply {
        match self {
            Self::Refused(status) => refusal(status),
            Self::Failed(status) => failure(status),
            Self::Closed => Reply::Close,
            Self::NoResult => response(200, &[], "\"Hello\""),
        }
    }
}

const TRANSIENT: [First; 8] = [
    First::Refused(408),
    First::Refused(425),
    First::Refused(429),
    First::Refused(500),
    First::Refused(502),
    First::Refused(503),
    First::Refused(504),
    First::Closed,
];

const FINAL: [First; 11] = [
    First::Refused(400),
    First::Refused(401),
    First::Refused(404),
    First::Refused(409),
    First::Refused(413),
    First::Refused(415),
    First::Failed(408),
    First::Failed(429),
    First::Failed(500),
    First::Failed(503),
    First::NoResult,
];

#[tokio::test]
async fn a_transient_error_is_retried_with_an_idempotency_key() {
    for first in TRANSIENT {
        let mut server = Server::start([first.reply(), result("\"Hello\"")]).await;
        let call = GreeterClient(server.client()).greet("Pete").idempotency_key("k");
        assert_eq!(call.await.unwrap(), "Hello", "{first:?}");
        assert_eq!(server.seen().await.header("x-restateclient-retry-attempt"), None);
        let again = server.seen().await;
        assert_eq!(again.header("x-restateclient-retry-attempt"), Some("2"), "{first:?}");
        assert_eq!(again.header("idempotency-key"), Some("k"), "{first:?}");
        assert_eq!(again.body, "\"Pete\"", "{first:?}");
    }
}

#[tokio::test]
async fn a_final_error_is_not_retried() {
    for first in FINAL {
        let server = Server::start([first.reply(), result("\"Hello\"")]).await;
        let call = GreeterClient(server.client()).greet("Pete").idempotency_key("k");
        call.await.unwrap_err();
        assert_eq!(server.unseen(), 1, "{first:?}");
    }
}

#[tokio::test]
async fn nothing_is_retried_without_an_idempotency_key() {
    for first in TRANSIENT.into_iter().chain(FINAL) {
        let server = Server::start([first.reply(), first.reply(), result("\"Hello\"")]).await;
        let greeter = GreeterClient(server.client());
        greeter.greet("Pete").await.unwrap_err();
        assert_eq!(server.unseen(), 1, "{first:?}");
        greeter.greet("Pete").one_way().await.unwrap_err();
        assert_eq!(server.unseen(), 2, "{first:?}");
    }
}

#[tokio::test]
async fn a_request_for_a_result_is_retried() {
    for first in TRANSIENT {
        let script = [first.reply(), result("7"), first.reply(), result("7")];
        let server = Server::start(script).await;
        let invocation = server.client().invocation(ID);
        assert_eq!(invocation.attach::<u64>().await.unwrap(), 7, "{first:?}");
        assert_eq!(invocation.output::<u64>().await.unwrap(), Some(7), "{first:?}");
        assert_eq!(server.unseen(), 4, "{first:?}");
    }
}

#[tokio::test]
async fn a_cancellation_is_not_retried() {
    let server = Server::start([refusal(503)]).await;
    let client = server.builder().admin(&server.url).build().unwrap();
    client.invocation(ID).cancel().await.unwrap_err();
    assert_eq!(server.unseen(), 1);
}

#[tokio::test]
async fn the_error_is_that_of_the_last_attempt() {
    let server = Server::start([refusal(503), Reply::Close, refusal(502)]).await;
    let policy = RetryPolicy::new().initial_interval(Duration::ZERO).max_attempts(3);
    let client = server.builder().retry_policy(policy).build().unwrap();
    let error = GreeterClient(client).greet("Pete").idempotency_key("k").await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 502, .. }), "{error:?}");
    assert_eq!(server.unseen(), 3);
}

#[tokio::test]
async fn a_policy_without_retries_sends_once() {
    let server = Server::start([refusal(503)]).await;
    let client = server.builder().retry_policy(RetryPolicy::new().max_attempts(1)).build().unwrap();
    GreeterClient(client).greet("Pete").idempotency_key("k").await.unwrap_err();
    assert_eq!(server.unseen(), 1);
}

#[tokio::test]
async fn attempts_are_separated_by_the_delays_of_the_policy() {
    let mut server = Server::start([refusal(503), refusal(503), result("\"Hello\"")]).await;
    let policy = RetryPolicy::new().initial_interval(Duration::from_secs(100));
    let client =
        server.builder().retry_policy(policy.max_interval(Duration::from_secs(1000))).build();
    let call = GreeterClient(client.unwrap()).greet("Pete").idempotency_key("k").into_future();
    let call = tokio::spawn(call);
    server.seen().await;
    // From here on, the only timers are those of the delays.
    tokio::time::pause();
    let start = Instant::now();
    assert_eq!(call.await.unwrap().unwrap(), "Hello");
    let waited = start.elapsed();
    assert!((150..=301).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test]
async fn retry_after_is_a_lower_limit_of_the_delay() {
    let now = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (retry_after, waited) in [
        ("100", 100),
        ("Sun, 06 Nov 1994 08:51:17 GMT", 100),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("soon", 0),
        // Nobody waits for years.
        ("9999999999", 600),
        ("18446744073709551615", 600),
        ("Sat, 06 Nov 2094 08:00:00 GMT", 600),
    ] {
        let busy = response(503, &[("retry-after", retry_after), ("date", now)], "busy");
        let mut server = Server::start([busy, result("\"Hello\"")]).await;
        let policy = RetryPolicy::new().initial_interval(Duration::ZERO);
        let client = server.builder().retry_policy(policy).build().unwrap();
        let call = GreeterClient(client).greet("Pete").idempotency_key("k").into_future();
        let call = tokio::spawn(call);
        server.seen().await;
        // From here on, the only timer is that of the delay.
        tokio::time::pause();
        let start = Instant::now();
        assert_eq!(call.await.unwrap().unwrap(), "Hello");
        assert_eq!(start.elapsed().as_secs(), waited, "{retry_after}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_retry_that_would_be_too_late_is_not_waited_for() {
    let busy = || response(503, &[("retry-after", "100")], "busy");
    let mut server = Server::start([busy(), busy()]).await;
    let client = server.builder().call_timeout(Duration::from_secs(99));
    let client = client.request_timeout(Duration::from_secs(99)).build().unwrap();
    let greeter = GreeterClient(client);
    let start = Instant::now();
    let error = greeter.greet("Pete").idempotency_key("k").await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 503, .. }), "{error:?}");
    let error = greeter.greet("Pete").idempotency_key("k").one_way().await.unwrap_err();
    assert!(matches!(error, IngressError::Refused { status: 503, .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(60), "it has waited");
    server.seen().await;
    server.seen().await;
    assert_eq!(server.unseen(), 0);
}

#[tokio::test]
async fn debug_shows_no_header_of_a_client() {
    let server = Server::start([]).await;
    let builder = server.builder().bearer_token("sesame").header("x-api-key", "sesame");
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let shown = format!("{shown} {client:?} {:?}", client.invocation(ID));
    assert!(shown.contains("x-api-key") && !shown.contains("sesame"), "{shown}");
}
