use std::path::Path;

use crate::{
    load::{compare, fill, start},
    services::WorkClient,
    verdict::{Verdict, verdict},
};

/// Compares the throughput of an engine that retains many results with an empty one.
pub(crate) async fn measure(directory: &Path, invocations: u64) -> Verdict {
    let (empty, full) = (directory.join("empty"), directory.join("full"));
    let (empty, full) = (start(&empty).await?, start(&full).await?);
    let work = WorkClient::new(full.client());
    fill(invocations, |n| {
        let sent = work.greet("Pete".to_owned()).idempotency_key(format!("fill {n}")).one_way();
        async { sent.await.map(drop) }
    })
    .await?;
    let (empty, full) = (empty.client(), full.client());
    let plain = compare("calls", &empty, &full, false).await?;
    let keyed = compare("calls with idempotency keys", &empty, &full, true).await?;
    Ok(verdict("at least 90 % of an empty engine's throughput", plain.min(keyed) >= 90.0))
}
