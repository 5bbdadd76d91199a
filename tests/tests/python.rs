//! Services in Python, behind the URL of a deployment, and in Rust, in the process of the embedded engine,
//! call each other.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::Method;
use restate_core::{HandlerResult, ObjectContext, object};
use restate_embedded::{Engine, EngineBuilder};
use restate_tests::{
    client::{self, Answer},
    python::Python,
};
use tempfile::TempDir;

/// Far more than Python takes to start, or to answer.
const LIMIT: Duration = Duration::from_secs(60);

/// Counts, and has Python keep each total: a call from there comes back.
#[object(name = "Tally")]
trait Tally {
    async fn add(&self, ctx: ObjectContext<'_>, cents: u64) -> HandlerResult<u64>;
}

/// The object in Python, as a trait.
#[object(name = "python.Drawer")]
trait Drawer {
    async fn keep(&self, ctx: ObjectContext<'_>, value: String) -> HandlerResult<u64>;
}

struct Counting;

impl Tally for Counting {
    async fn add(&self, ctx: ObjectContext<'_>, cents: u64) -> HandlerResult<u64> {
        let total = ctx.get::<u64>("total").await?.unwrap_or(0) + cents;
        ctx.set("total", total);
        let kept = DrawerClient::new(&ctx, ctx.key()).keep(total.to_string()).await?;
        Ok(total * 100 + kept)
    }
}

struct Platform {
    engine: Engine,
    _directory: TempDir,
    _python: Python,
}

impl Platform {
    /// Starts both, in this order: the engine registers the deployment as soon as it answers.
    async fn start(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let (python, directory) = (Python::start(), TempDir::new().unwrap());
        let builder = Engine::builder()
            .bind(TallyServer::new(Counting))
            .deployment(format!("http://{}", python.address()))
            .data_dir(directory.path())
            .ingress("127.0.0.1:0");
        let engine = configure(builder).start().await.unwrap();
        let platform = Self { engine, _directory: directory, _python: python };
        let ready = async {
            while platform.call("/python.Drawer/nobody/last", "").await.status != 200 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIMIT, ready).await.expect("the services in Python do not start");
        platform
    }

    fn ingress(&self) -> SocketAddr {
        self.engine.ingress_addr().unwrap()
    }

    async fn call(&self, path: &str, body: &str) -> Answer {
        let headers = [("content-type", "application/json")];
        let headers = if body.is_empty() { &headers[1..] } else { &headers[..] };
        let body = Bytes::copy_from_slice(body.as_bytes());
        client::send(self.ingress(), Method::POST, path, headers, body).await.unwrap()
    }
}

async fn both_call_each_other(platform: Platform) {
    // 7 is doubled in Python, counted in Rust, and the total kept in Python.
    assert_eq!(platform.call("/python.Clerk/book", "7").await.text(), "1401");
    assert_eq!(platform.call("/python.Clerk/book", "3").await.text(), "2002");
    let last = platform.call("/python.Drawer/python/last", "").await;
    assert_eq!(last.text(), r#""20""#);

    let sent = platform.call("/python.Clerk/wait/send", r#""pete""#).await.text();
    let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
    let kept = async {
        loop {
            let kept = platform.call("/python.Drawer/pete/last", "").await.text();
            match kept.trim_matches('"') {
                "" => tokio::time::sleep(Duration::from_millis(5)).await,
                awakeable => return awakeable.to_owned(),
            }
        }
    };
    let awakeable = tokio::time::timeout(LIMIT, kept).await.unwrap();
    let path = format!("/restate/awakeables/{awakeable}/resolve");
    assert!(platform.call(&path, r#""done""#).await.status.is_success());
    let path = format!("/restate/invocation/{}/attach", sent["invocationId"].as_str().unwrap());
    assert_eq!(client::get(platform.ingress(), &path).await.unwrap().text(), r#""done""#);

    let refused = platform.call("/python.Clerk/refuse", r#""pete""#).await;
    assert_eq!(refused.status, 418);
    assert!(refused.text().contains("pete has no account"), "{}", refused.text());
    platform.engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn python_and_rust_call_each_other() {
    both_call_each_other(Platform::start(|builder| builder).await).await;
}

#[tokio::test]
async fn python_and_rust_call_each_other_when_every_wait_suspends() {
    let suspending = |builder: EngineBuilder| builder.inactivity_timeout(Duration::ZERO);
    both_call_each_other(Platform::start(suspending).await).await;
}
