//! The spans of a call tree at a collector.

#![allow(
    missing_docs,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail, and its services are for itself"
)]

mod collector;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use collector::Collector;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use restate_core::{Context, HandlerResult, service};
use restate_embedded::Engine;
use restate_otlp::Otlp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

#[service]
trait Orders {
    async fn place(&self, ctx: Context<'_>, pieces: u64) -> HandlerResult<u64>;
}

#[service]
trait Payment {
    async fn charge(&self, ctx: Context<'_>, amount: u64) -> HandlerResult<u64>;
}

#[service]
trait Mail {
    async fn notify(&self, ctx: Context<'_>, amount: u64) -> HandlerResult<()>;
}

/// The services of one process.
#[derive(Clone, Default)]
struct Shop {
    /// Whether charges hang.
    hangs: Arc<AtomicBool>,
    charging: Arc<Notify>,
}

impl Orders for Shop {
    async fn place(&self, ctx: Context<'_>, pieces: u64) -> HandlerResult<u64> {
        let price = ctx.run(|| async move { Ok(pieces * 10) }).name("price").await?;
        ctx.sleep(Duration::from_millis(300)).await?;
        let charged = PaymentClient::new(ctx).charge(price).await?;
        MailClient::new(ctx).notify(charged).one_way().await?;
        Ok(charged)
    }
}

impl Payment for Shop {
    async fn charge(&self, ctx: Context<'_>, amount: u64) -> HandlerResult<u64> {
        let charge = || async {
            if self.hangs.load(Ordering::SeqCst) {
                self.charging.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(amount)
        };
        Ok(ctx.run(charge).name("charge").await?)
    }
}

impl Mail for Shop {
    async fn notify(&self, ctx: Context<'_>, _: u64) -> HandlerResult<()> {
        Ok(ctx.run(|| async { Ok(()) }).name("deliver").await?)
    }
}

impl Shop {
    async fn engine(&self, directory: &Path) -> Engine {
        Engine::builder()
            .bind(OrdersServer::new(self.clone()))
            .bind(PaymentServer::new(self.clone()))
            .bind(MailServer::new(self.clone()))
            .data_dir(directory)
            .admin("127.0.0.1:0")
            .inactivity_timeout(Duration::from_millis(20))
            .start()
            .await
            .unwrap()
    }
}

/// All engines of this process send their spans there.
static COLLECTOR: LazyLock<(Collector, Otlp)> = LazyLock::new(|| {
    let collector = Collector::start();
    let otlp = Otlp::new(Some(&collector.url()), "shop").unwrap();
    tracing_subscriber::registry().with(otlp.layer()).init();
    (collector, otlp)
});

fn kind(span: &Span) -> SpanKind {
    span.kind.try_into().unwrap()
}

#[tokio::test]
async fn a_call_tree_over_a_suspension_and_a_crash_is_one_tree() {
    const CLIENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    let (collector, otlp) = &*COLLECTOR;
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::default();
    shop.hangs.store(true, Ordering::SeqCst);
    let engine = shop.engine(directory.path()).await;
    let order = OrdersClient::new(engine.client()).place(7).header("traceparent", CLIENT);
    let reply = tokio::spawn(async move { order.call().await });
    shop.charging.notified().await;
    drop(engine);
    assert!(reply.await.unwrap().is_err(), "the engine has crashed");

    shop.hangs.store(false, Ordering::SeqCst);
    let engine = shop.engine(directory.path()).await;
    let trace = &CLIENT[3..35];
    let ended = |name: &str, spans: &[Span]| {
        let mut servers = spans.iter().filter(|span| span.name == name);
        servers.any(|span| matches!(kind(span), SpanKind::Server | SpanKind::Consumer))
    };
    collector
        .until(trace, |spans| ended("ingress Orders/place", spans) && ended("Mail/notify", spans));
    engine.shutdown().await.unwrap();
    otlp.flush();
    let spans = collector.spans(trace);

    let ids: BTreeSet<_> = spans.iter().map(|span| span.span_id.clone()).collect();
    assert_eq!(ids.len(), spans.len(), "no span is sent twice: {spans:#?}");
    let roots = spans.iter().filter(|span| !ids.contains(&span.parent_span_id));
    let roots: Vec<_> = roots.map(|span| (&*span.name, &span.parent_span_id[..])).collect();
    let client = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
    assert_eq!(roots, [("ingress Orders/place", &client[..])], "one tree below the client's span");

    let (attempts, others): (Vec<_>, Vec<_>) =
        spans.iter().partition(|span| span.name == "attempt");
    let mut others: Vec<_> = others.iter().map(|span| (&*span.name, kind(span))).collect();
    others.sort_unstable_by_key(|(name, kind)| (*name, *kind as i32));
    assert_eq!(
        others,
        [
            ("Mail/notify", SpanKind::Producer),
            ("Mail/notify", SpanKind::Consumer),
            ("Orders/place", SpanKind::Server),
            ("Payment/charge", SpanKind::Server),
            ("Payment/charge", SpanKind::Client),
            ("ingress Orders/place", SpanKind::Server),
            ("run charge", SpanKind::Internal),
            ("run deliver", SpanKind::Internal),
            ("run price", SpanKind::Internal),
            ("sleep", SpanKind::Internal),
        ]
    );
    let lost = attempts.iter().filter(|attempt| attempt.status.as_ref().is_some_and(failed));
    assert!((1..=2).contains(&lost.count()), "that of the charge, and perhaps that of the order");
    for span in &spans {
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{span:?}");
        if let Some(parent) = spans.iter().find(|parent| parent.span_id == span.parent_span_id) {
            assert!(parent.start_time_unix_nano <= span.start_time_unix_nano, "{span:?}");
        }
    }
    let slept = spans.iter().find(|span| span.name == "sleep").unwrap();
    let slept = slept.end_time_unix_nano - slept.start_time_unix_nano;
    assert!((300_000_000..30_000_000_000).contains(&slept), "{slept} ns");
}

fn failed(status: &opentelemetry_proto::tonic::trace::v1::Status) -> bool {
    status.message == "the process has ended during the attempt"
}

/// Restarts an invocation from an entry. Returns the id of the new one.
async fn restart(admin: SocketAddr, id: &str, from: u32) -> String {
    let mut connection = TcpStream::connect(admin).await.unwrap();
    let path = format!("/invocations/{id}/restart-as-new?from={from}");
    let request = format!("PATCH {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    let id = response.split('"').find(|text| text.starts_with("inv_"));
    id.unwrap_or_else(|| panic!("{response}")).to_owned()
}

#[tokio::test]
async fn a_restart_from_an_entry_is_below_what_it_was_and_what_is_kept_has_no_span_again() {
    const CLIENT: &str = "00-22222222222222222222222222222222-00f067aa0ba902b7-01";

    let (collector, otlp) = &*COLLECTOR;
    let directory = tempfile::tempdir().unwrap();
    let engine = Shop::default().engine(directory.path()).await;
    let order = OrdersClient::new(engine.client()).place(7).header("traceparent", CLIENT);
    let first = order.one_way().await.unwrap();
    assert_eq!(first.attach::<u64>().await.unwrap(), 70);
    // The entry is the run step.
    let admin = engine.admin_addr().unwrap();
    let second = restart(admin, first.invocation_id().as_str(), 1).await;
    let second = engine.client().invocation(second);
    assert_eq!(second.attach::<u64>().await.unwrap(), 70);
    let trace = &CLIENT[3..35];
    let count = |name: &str, kinds: &[SpanKind], spans: &[Span]| {
        spans.iter().filter(|span| span.name == name && kinds.contains(&kind(span))).count()
    };
    collector.until(trace, |spans| count("Mail/notify", &[SpanKind::Consumer], spans) == 2);
    engine.shutdown().await.unwrap();
    otlp.flush();

    let spans = collector.spans(trace);
    let internal = [SpanKind::Internal];
    assert_eq!(count("run price", &internal, &spans), 1, "it is kept: {spans:#?}");
    assert_eq!(count("sleep", &internal, &spans), 2);
    assert_eq!(count("run charge", &internal, &spans), 2);
    let id_of = |span: &Span| {
        let id = span.attributes.iter().find(|it| it.key == "restate.invocation.id").unwrap();
        format!("{:?}", id.value)
    };
    let of = |id: &str, span: &Span| id_of(span).contains(id);
    let invocation = |id: &str| {
        let mut found = spans.iter().filter(|it| it.name == "Orders/place" && of(id, it));
        found.next().unwrap_or_else(|| panic!("{id}: {spans:#?}"))
    };
    let before = invocation(first.invocation_id().as_str());
    let sent = spans.iter().find(|span| {
        span.name == "ingress Orders/place" && of(second.invocation_id().as_str(), span)
    });
    assert_eq!(sent.unwrap().parent_span_id, before.span_id);
    assert_eq!(invocation(second.invocation_id().as_str()).parent_span_id, sent.unwrap().span_id);
}

#[tokio::test]
async fn what_the_client_does_not_record_is_not_recorded() {
    const CLIENT: &str = "00-11111111111111111111111111111111-00f067aa0ba902b7-00";

    let (collector, otlp) = &*COLLECTOR;
    let directory = tempfile::tempdir().unwrap();
    let engine = Shop::default().engine(directory.path()).await;
    let order = OrdersClient::new(engine.client()).place(7).header("traceparent", CLIENT);
    assert_eq!(order.call().await.unwrap(), 70);
    engine.shutdown().await.unwrap();
    otlp.flush();
    assert_eq!(collector.spans(&CLIENT[3..35]), []);
}
