//! How often a call syncs the disk, and what it writes.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    Failed,
    calls::Plan,
    load::Load,
    peer::Peer,
    report::Report,
    sync_log::SyncLog,
    table::{Table, figure},
    workload::Workload,
};

/// Long enough for what a peer does now and then, such as checkpoints of its log.
const DURATION: Duration = Duration::from_secs(2);

/// One connection finds the peer idle; many share its syncs.
pub(crate) const CONNECTIONS: [usize; 2] = [1, 64];

/// The syncs of one load.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Syncs {
    peer: Peer,
    workload: Workload,
    pub(crate) connections: usize,
    calls: u64,
    pub(crate) per_call: f64,
    /// Bytes that each call writes to files.
    pub(crate) written: f64,
}

/// Counts the syncs of the embedded engine, and writes the table `syncs`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let mut counted = BTreeMap::new();
    for &workload in &plan.workloads {
        counted.insert(workload, count(Peer::Embedded, workload)?);
    }
    report.keep("syncs", &counted.values().collect::<Vec<_>>())?;
    let mut table = Table::new(&["Workload", "Connections", "syncs/call", "bytes/call"]);
    for (workload, syncs) in &counted {
        for one in syncs {
            let name = format!("`{}`", workload.name());
            let figures = [figure(one.per_call), figure(one.written)];
            table.row([name, one.connections.to_string()].into_iter().chain(figures).collect());
        }
    }
    report.write("syncs", &table)
}

/// Counts the syncs of a peer for each number of connections.
pub(crate) fn count(peer: Peer, workload: Workload) -> Result<[Syncs; 2], Failed> {
    let log = SyncLog::new()?;
    eprintln!("counting syncs: {} on {}", workload.name(), peer.name());
    let running = peer.start_counted(&log)?;
    let count = |connections| {
        running.usage_at_rest()?;
        let before = log.count()?;
        let load = Load {
            address: running.ingress,
            calls: workload.into(),
            connections,
            duration: DURATION,
        };
        let outcome = load.run()?;
        running.usage_at_rest()?;
        let after = log.count()?;
        if outcome.failures > 0 {
            return Err(Failed::new(format!("calls to {} have failed", peer.name())));
        }
        let total = outcome.total.max(1) as f64;
        Ok(Syncs {
            peer,
            workload,
            connections,
            calls: outcome.total,
            per_call: (after.syncs - before.syncs) as f64 / total,
            written: (after.written - before.written) as f64 / total,
        })
    };
    let [one, many] = CONNECTIONS.map(count);
    Ok([one?, many?])
}
