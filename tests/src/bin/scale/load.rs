//! Engines, and the load on them.

use std::{error::Error, path::Path, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use restate_embedded::{Client, ClientError, Engine, EngineBuildError, EngineBuilder};

use crate::{
    clock::{instant, now},
    services::{Arrivals, WorkClient, WorkServer},
};

/// The number of concurrent callers.
const CALLERS: usize = 64;

/// The number of concurrent sends to fill an engine.
const SENDERS: usize = 1024;

/// The duration of one throughput measurement; engines are measured alternately, several times each.
const WINDOW: Duration = Duration::from_secs(3);

const WINDOWS: usize = 5;

pub(crate) fn builder(directory: &Path, arrivals: &Arrivals) -> EngineBuilder {
    Engine::builder().bind(WorkServer::new(arrivals.clone())).data_dir(directory)
}

pub(crate) async fn start(directory: &Path) -> Result<Engine, EngineBuildError> {
    builder(directory, &Arrivals::default()).start().await
}

/// Sends `count` calls, and prints the time.
pub(crate) async fn fill<S: Future<Output = Result<(), ClientError>>>(
    count: u64,
    send: impl Fn(u64) -> S,
) -> Result<(), Box<dyn Error>> {
    let start = instant();
    stream::iter(0..count)
        .map(|n| Ok(send(n)))
        .try_buffer_unordered(SENDERS)
        .try_for_each(|()| async { Ok(()) })
        .await?;
    println!("{count} sent in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The throughput of the second engine in percent of the first one's, measured alternately.
pub(crate) async fn compare(
    what: &str,
    empty: &Client,
    full: &Client,
    keyed: bool,
) -> Result<f64, Box<dyn Error>> {
    let (mut of_empty, mut of_full) = (Vec::new(), Vec::new());
    for _ in 0..WINDOWS {
        of_empty.push(throughput(empty, keyed).await?);
        of_full.push(throughput(full, keyed).await?);
    }
    let (of_empty, of_full) = (median(of_empty), median(of_full));
    let percent = of_full / of_empty * 100.0;
    println!("{what}: {of_empty:.0}/s empty, {of_full:.0}/s full, {percent:.1} %");
    Ok(percent)
}

/// Calls per second, optionally each with its own idempotency key.
async fn throughput(client: &Client, keyed: bool) -> Result<f64, ClientError> {
    let (work, start) = (WorkClient::new(client.clone()), instant());
    let nonce = now().as_nanos();
    let callers = (0..CALLERS).map(|caller| {
        let work = &work;
        async move {
            let mut calls = 0_u32;
            while start.elapsed() < WINDOW {
                let mut call = work.greet("Pete".to_owned());
                if keyed {
                    call = call.idempotency_key(format!("{calls} {caller} {nonce}"));
                }
                call.await?;
                calls += 1;
            }
            Ok::<_, ClientError>(calls)
        }
    });
    let calls: Vec<u32> = futures::future::try_join_all(callers).await?;
    Ok(f64::from(calls.into_iter().sum::<u32>()) / start.elapsed().as_secs_f64())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Resident memory of this process, in MB.
pub(crate) fn resident() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: f64 = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("the system does not tell how much memory a process has")?
        .parse()?;
    Ok(kilobytes / 1000.0)
}
