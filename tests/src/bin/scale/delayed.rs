use std::{path::Path, time::Duration};

use crate::{
    clock::now,
    load::{builder, compare, fill, start},
    services::{Arrivals, WorkClient},
    verdict::{Verdict, verdict},
};

/// Time between the last send and the first due call; the throughput measurement fits in.
const LEAD: Duration = Duration::from_secs(45);

/// Upper limit of the time to send one call.
const SEND: Duration = Duration::from_micros(60);

/// How long the arrivals are observed, 1,000 every second.
const WATCH: Duration = Duration::from_secs(60);

/// Compares the throughput of an engine with many pending calls with an empty one, then waits for
/// the calls.
pub(crate) async fn measure(directory: &Path, invocations: u64) -> Verdict {
    let arrivals = Arrivals::default();
    let empty = start(&directory.join("empty")).await?;
    let full = builder(&directory.join("full"), &arrivals).start().await?;
    let work = WorkClient::new(full.client());
    let first = now() + LEAD + SEND * u32::try_from(invocations)?;
    fill(invocations, |n| {
        let due = first + Duration::from_millis(n);
        let millis = u64::try_from(due.as_millis()).unwrap_or(u64::MAX);
        let sent = work.arrive(millis).delayed(due.saturating_sub(now()));
        async { sent.await.map(drop) }
    })
    .await?;
    let percent = compare("calls", &empty.client(), &full.client(), false).await?;
    let left = first.checked_sub(now()).ok_or("it took too long to send the calls")?;
    println!("the first is due in {:.0} s", left.as_secs_f64());
    tokio::time::sleep(left + WATCH).await;
    let late = arrivals.sorted();
    let at = |percent: usize| {
        late.get(late.len() * percent / 100).map_or(f64::INFINITY, |late| *late as f64 / 1000.0)
    };
    let count = late.len();
    println!("{count} arrived, late by {:.1} ms (p50), {:.1} (p99)", at(50), at(99));
    let due = invocations.min(WATCH.as_secs() * 1000);
    let all = verdict("all that were due arrived", count as u64 + 100 >= due);
    let late = verdict("p99 lateness below 50 ms", at(99) < 50.0);
    let slow = verdict("at least 90 % of an empty engine's throughput", percent >= 90.0);
    Ok(all && late && slow)
}
