//! Spans of the endpoint at a collector, with those of the server and without.

#[path = "../../../restate-otlp/tests/collector/mod.rs"]
mod collector;
mod grpc;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use collector::Collector;
use http::Method;
use opentelemetry_proto::tonic::{common::v1::any_value::Value, trace::v1::Span};
use restate_core::{Context, HandlerResult, service};
use restate_endpoint::Endpoint;
use restate_otlp::Otlp;
use restate_tests::{client, server::RestateServer};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::deployment::Deployment;

#[service]
trait Orders {
    async fn place(&self, ctx: Context<'_>, pieces: u64) -> HandlerResult<u64>;
}

#[service]
trait Payment {
    async fn charge(&self, ctx: Context<'_>, amount: u64) -> HandlerResult<u64>;
}

/// Ships at the second attempt.
#[derive(Clone, Default)]
struct Shop {
    has_truck: Arc<AtomicBool>,
}

impl Orders for Shop {
    async fn place(&self, ctx: Context<'_>, pieces: u64) -> HandlerResult<u64> {
        let price = ctx.run(|| async move { Ok(pieces * 10) }).name("price").await?;
        let charged = PaymentClient::new(ctx).charge(price).await?;
        let ship = || async {
            match self.has_truck.swap(true, Ordering::SeqCst) {
                true => Ok(()),
                false => Err(io::Error::other("no truck").into()),
            }
        };
        ctx.run(ship).name("ship").await?;
        Ok(charged)
    }
}

impl Payment for Shop {
    async fn charge(&self, ctx: Context<'_>, amount: u64) -> HandlerResult<u64> {
        Ok(ctx.run(|| async move { Ok(amount) }).name("charge").await?)
    }
}

/// All endpoints of this process send their spans there.
static COLLECTOR: LazyLock<(Collector, Otlp)> = LazyLock::new(|| {
    let collector = Collector::start();
    let otlp = Otlp::new(Some(&collector.url()), "shop").unwrap();
    tracing_subscriber::registry().with(otlp.layer()).init();
    (collector, otlp)
});

/// Every wait suspends.
const SUSPENDING: (&str, &str) = ("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT", "0s");

async fn deploy(server: RestateServer) -> Deployment {
    let shop = Shop::default();
    let endpoint = Endpoint::builder().bind(OrdersServer::new(shop.clone()));
    Deployment::start(server, endpoint.bind(PaymentServer::new(shop))).await
}

/// Places an order in the trace of a client.
async fn order(deployment: &Deployment, client: &str) {
    let headers = [("traceparent", client), ("content-type", "application/json")];
    let (ingress, pieces) = (deployment.server.ingress(), Bytes::from_static(b"7"));
    let answer = client::send(ingress, Method::POST, "/Orders/place", &headers, pieces).await;
    assert_eq!(answer.unwrap().text(), "70", "{}", deployment.server.log());
}

/// The id of the client's span.
const CLIENT_SPAN: [u8; 8] = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();

fn ids(spans: &[Span]) -> BTreeSet<&[u8]> {
    spans.iter().map(|span| &*span.span_id).collect()
}

/// The spans that are not below another one.
fn roots(spans: &[Span]) -> Vec<&Span> {
    let ids = ids(spans);
    spans.iter().filter(|span| !ids.contains(&*span.parent_span_id)).collect()
}

fn of_endpoint(span: &&Span) -> bool {
    span.name == "attempt" || span.name.starts_with("run ")
}

fn attempts(spans: &[Span]) -> impl Iterator<Item = &Span> {
    spans.iter().filter(|span| span.name == "attempt")
}

/// The names of the `run` spans, in their order.
fn runs(spans: &[Span]) -> Vec<&str> {
    let names = spans.iter().map(|span| &*span.name);
    let mut runs: Vec<_> = names.filter_map(|name| name.strip_prefix("run ")).collect();
    runs.sort_unstable();
    runs
}

fn message(span: &Span) -> &str {
    span.status.as_ref().map_or("", |status| &status.message)
}

/// Service and handler of a span of the endpoint.
fn target(span: &Span) -> String {
    let attribute = |key| {
        let attribute = span.attributes.iter().find(|attribute| attribute.key == key);
        match attribute.and_then(|it| it.value.clone()).and_then(|it| it.value) {
            Some(Value::StringValue(text)) => text,
            other => panic!("{key} is {other:?}: {span:?}"),
        }
    };
    format!("{}/{}", attribute("rpc.service"), attribute("rpc.method"))
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_the_endpoint_and_of_the_server_are_one_tree() {
    const CLIENT: &str = "00-33333333333333333333333333333333-00f067aa0ba902b7-01";
    let (collector, otlp) = &*COLLECTOR;
    let traces = grpc::listen(Arc::clone(&collector.received)).await;
    let tracing = [("RESTATE_TRACING_ENDPOINT", &*traces), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let server = RestateServer::start_with(&[&tracing[..], &[SUSPENDING]].concat()).await;
    let deployment = deploy(server).await;
    order(&deployment, CLIENT).await;
    // The server has to run until it has sent its spans.
    let _server = deployment.stop().await;
    otlp.flush();
    let trace = &CLIENT[3..35];
    let is_whole = |spans: &[Span]| {
        let has_ended = spans.iter().any(|span| span.name == "invocation-end Orders/place");
        has_ended && roots(spans).len() == 1
    };
    collector.until(trace, is_whole);
    let spans = collector.spans(trace);

    assert_eq!(ids(&spans).len(), spans.len(), "no span is sent twice: {spans:#?}");
    let root = roots(&spans)[0];
    assert_eq!((&*root.name, &*root.parent_span_id), ("ingress Orders/place", &CLIENT_SPAN[..]));
    assert_eq!(runs(&spans), ["charge", "price", "ship"], "a replay adds none: {spans:#?}");

    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&*span.span_id, span)).collect();
    for span in spans.iter().filter(of_endpoint) {
        let parent = by_id[&*span.parent_span_id];
        assert_eq!(parent.name, format!("invocation-attempt {}", target(span)), "{span:?}");
    }
    // One of the endpoint in each of the server.
    let parents: BTreeSet<_> = attempts(&spans).map(|span| &*span.parent_span_id).collect();
    assert_eq!(parents.len(), attempts(&spans).count());
    let of_order = attempts(&spans).filter(|span| target(span) == "Orders/place");
    assert!(of_order.count() > 2, "it suspends and is retried: {spans:#?}");
    let failed: Vec<_> = attempts(&spans).filter(|span| !message(span).is_empty()).collect();
    assert!(matches!(failed[..], [one] if message(one).starts_with("no truck")), "{failed:?}");
    assert!(!message(by_id[&*failed[0].parent_span_id]).is_empty(), "{spans:#?}");
    // The call is below the attempt that has made it.
    let called = spans.iter().find(|span| span.name == "invocation-start Payment/charge").unwrap();
    assert_eq!(by_id[&*called.parent_span_id].name, "invocation-attempt Orders/place");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_spans_of_the_server_those_of_the_endpoint_are_parts_of_that_of_the_client() {
    const CLIENT: &str = "00-44444444444444444444444444444444-00f067aa0ba902b7-01";
    const UNRECORDED: &str = "00-55555555555555555555555555555555-00f067aa0ba902b7-00";
    let (collector, otlp) = &*COLLECTOR;
    let deployment = deploy(RestateServer::start_with(&[SUSPENDING]).await).await;
    order(&deployment, CLIENT).await;
    order(&deployment, UNRECORDED).await;
    deployment.stop().await;
    otlp.flush();

    let spans = collector.spans(&CLIENT[3..35]);
    assert_eq!(ids(&spans).len(), spans.len(), "no span is sent twice: {spans:#?}");
    assert_eq!(runs(&spans), ["charge", "price", "ship"], "a replay adds none: {spans:#?}");
    for span in &spans {
        assert_eq!(span.parent_span_id, CLIENT_SPAN, "{span:?}");
    }
    let targets: BTreeSet<_> = attempts(&spans).map(target).collect();
    assert_eq!(targets.iter().collect::<Vec<_>>(), ["Orders/place", "Payment/charge"]);
    assert_eq!(attempts(&spans).filter(|span| !message(span).is_empty()).count(), 1);
    assert_eq!(collector.spans(&UNRECORDED[3..35]), []);
}
