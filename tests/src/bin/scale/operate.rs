use std::{error::Error, net::SocketAddr, path::Path, time::Duration};

use http::Method;
use restate_embedded::Engine;
use restate_tests::client::{get, send};
use serde_json::Value;

use crate::{
    clock::instant,
    load::{builder, fill},
    services::{Arrivals, TurnClient, TurnServer, WorkClient},
    verdict::{Verdict, verdict},
};

/// Invocations that are killed at once, the most that the admin interface lists.
const KILLED: usize = 10_000;

/// Operates an engine in which many calls wait for one key, and which retains as many results.
pub(crate) async fn measure(directory: &Path, invocations: u64) -> Verdict {
    let arrivals = Arrivals::default();
    let engine = builder(directory, &arrivals).bind(TurnServer::new(arrivals.clone()));
    let engine = engine.admin("127.0.0.1:0").start().await?;
    let (work, turn) = (WorkClient::new(engine.client()), TurnClient::new(engine.client(), "key"));
    fill(invocations / 2, |_| {
        let sent = work.greet("Pete".to_owned()).one_way();
        async { sent.await.map(drop) }
    })
    .await?;
    fill(invocations / 2, |_| {
        let sent = turn.take().one_way();
        async { sent.await.map(drop) }
    })
    .await?;
    let admin = engine.admin_addr().ok_or("the engine has no admin interface")?;
    let first = timed("the newest one", admin, "/invocations?limit=1").await?;
    let id = first.1["invocations"][0]["id"].as_str().ok_or("nothing is listed")?.to_owned();
    let page =
        timed("a page of 100", admin, &format!("/invocations?limit=100&before={id}")).await?;
    let completed =
        timed("the newest one that succeeded", admin, "/invocations?limit=1&status=succeeded");
    let completed = completed.await?;
    let one = timed("one by its id", admin, &format!("/invocations/{id}")).await?;
    let killed = kill(&engine, admin).await?;
    let slowest = [first.0, page.0, completed.0, one.0].into_iter().max().unwrap_or_default();
    let quick = verdict("lists and lookups within 20 ms", slowest < Duration::from_millis(20));
    let limit = Duration::from_secs(5);
    Ok(verdict("10,000 killed within 5 s, in any queue", killed < limit) && quick)
}

/// The time of the quickest of some requests, and its response.
async fn timed(
    what: &str,
    admin: SocketAddr,
    path: &str,
) -> Result<(Duration, Value), Box<dyn Error>> {
    let mut quickest = (Duration::MAX, Value::Null);
    for _ in 0..5 {
        let started = instant();
        let answer = get(admin, path).await?;
        let took = started.elapsed();
        if took < quickest.0 {
            quickest = (took, serde_json::from_slice(&answer.body)?);
        }
    }
    println!("{what}: {:.2} ms", quickest.0.as_secs_f64() * 1000.0);
    Ok(quickest)
}

async fn kill(engine: &Engine, admin: SocketAddr) -> Result<Duration, Box<dyn Error>> {
    let (started, path) = (instant(), format!("/invocations/kill?service=Turn&limit={KILLED}"));
    let killing =
        tokio::spawn(
            async move { send(admin, Method::PATCH, &path, &[], bytes::Bytes::new()).await },
        );
    // Others are served meanwhile.
    let work = WorkClient::new(engine.client());
    let mut longest = Duration::ZERO;
    while !killing.is_finished() {
        let called = instant();
        work.greet("Ann".to_owned()).await?;
        longest = longest.max(called.elapsed());
    }
    let took = started.elapsed();
    let killed: Value = serde_json::from_slice(&killing.await??.body)?;
    let count = killed["done"].as_array().map_or(0, Vec::len);
    println!(
        "{count} killed in {:.2} s; other calls took up to {:.0} ms meanwhile",
        took.as_secs_f64(),
        longest.as_secs_f64() * 1000.0
    );
    Ok(took)
}
