//! Calls through the ingress: every workload on every peer, at several numbers of connections.

mod tables;

use std::time::Duration;

use serde::Serialize;

use crate::{
    Failed,
    load::Load,
    peer::{Peer, Running},
    report::Report,
    table::figure,
    workload::Workload,
};

/// What to measure.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    pub(crate) peers: Vec<Peer>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) connections: Vec<usize>,
    pub(crate) duration: Duration,
}

/// One round of one workload on one peer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallRound {
    round: u32,
    pub(crate) peer: Peer,
    pub(crate) workload: Workload,
    pub(crate) connections: usize,
    calls: u64,
    seconds: f64,
    pub(crate) calls_per_second: f64,
    pub(crate) p50_ms: f64,
    p99_ms: f64,
    /// CPU time of each call in milliseconds, including work after the response.
    pub(crate) cpu_ms: f64,
    /// Bytes written to disk for each call, including those after the response.
    pub(crate) written: f64,
    resident_mb: f64,
    /// The memory of the engine or the server, without that of an endpoint.
    pub(crate) engine_mb: f64,
    pub(crate) failures: u64,
    /// The share of the endpoint, for peers with one behind a server.
    endpoint: Option<AtEndpoint>,
}

/// The cost of a call at the endpoint.
#[derive(Clone, Copy, Debug, Serialize)]
struct AtEndpoint {
    /// CPU time in microseconds.
    cpu_us: f64,
    /// Bytes exchanged with the server.
    exchanged: f64,
}

/// One start of a peer.
#[derive(Clone, Copy, Debug, Serialize)]
struct Start {
    round: u32,
    peer: Peer,
    start_up_ms: f64,
}

/// Measures what `plan` says, and writes the tables `calls`, `invocations` and `processes`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let (mut starts, mut measured) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        // Peers take turns in going first: other activity of the machine then disturbs all of them.
        let mut peers = plan.peers.clone();
        peers.rotate_left(round as usize % plan.peers.len());
        for peer in peers {
            if !plan.workloads.iter().any(|workload| peer.offers(*workload)) {
                continue;
            }
            eprintln!("round {} of {}: {}", round + 1, plan.rounds, peer.name());
            let running = peer.start()?;
            let start_up_ms = running.start_up.as_secs_f64() * 1e3;
            starts.push(Start { round, peer, start_up_ms });
            for &workload in plan.workloads.iter().filter(|workload| peer.offers(**workload)) {
                for &connections in &plan.connections {
                    let load = Load {
                        address: running.ingress,
                        calls: workload.into(),
                        connections,
                        duration: plan.duration,
                    };
                    let one = measure(round, peer, load, &running)?;
                    eprintln!(
                        "  {} at {connections}: {} calls/s",
                        workload.name(),
                        figure(one.calls_per_second)
                    );
                    measured.push(one);
                }
            }
        }
    }
    report.keep("calls", &measured)?;
    report.keep("starts", &starts)?;
    report.write("calls", &tables::calls(&measured))?;
    report.write("invocations", &tables::invocations(&measured))?;
    report.write("processes", &tables::processes(&starts, &measured))
}

/// Measures one load on a running peer.
pub(crate) fn measure(
    round: u32,
    peer: Peer,
    load: Load,
    running: &Running,
) -> Result<CallRound, Failed> {
    let (before, endpoint_before) = (running.usage()?, running.endpoint_usage()?);
    let outcome = load.run()?;
    let (after, endpoint_after) = (running.usage_at_rest()?, running.endpoint_usage()?);
    let total = outcome.total.max(1) as f64;
    let endpoint = endpoint_before.zip(endpoint_after).map(|(before, after)| AtEndpoint {
        cpu_us: (after.cpu - before.cpu) as f64 / 1e3 / total,
        exchanged: after.traffic.since(&before.traffic) as f64 / total,
    });
    Ok(CallRound {
        round,
        peer,
        workload: load.calls.workload,
        connections: load.connections,
        calls: outcome.total,
        seconds: outcome.measured.as_secs_f64(),
        calls_per_second: outcome.calls_per_second(),
        p50_ms: outcome.percentile(50),
        p99_ms: outcome.percentile(99),
        cpu_ms: (after.cpu - before.cpu) as f64 / 1e6 / total,
        written: (after.written - before.written) as f64 / total,
        resident_mb: after.resident as f64 / 1e6,
        engine_mb: running.engine_usage()?.resident as f64 / 1e6,
        failures: outcome.failures,
        endpoint,
    })
}
