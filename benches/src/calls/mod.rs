//! Calls from outside: every workload on every peer, at several numbers of connections.

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

/// How much is measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) connections: Vec<usize>,
    pub(crate) duration: Duration,
}

/// One load on one peer.
#[derive(Clone, Debug, Serialize)]
struct CallRound {
    round: u32,
    peer: Peer,
    workload: Workload,
    connections: usize,
    calls: u64,
    seconds: f64,
    calls_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Time on a processor for each call, until the peer is at rest, in milliseconds.
    cpu_ms: f64,
    /// Bytes written towards a disk for each call, until the peer is at rest.
    written: f64,
    resident_mb: f64,
    failures: u64,
    /// Of peers that are behind a server.
    endpoint: Option<AtEndpoint>,
}

/// What each call takes of the endpoint alone, until the peer is at rest.
#[derive(Clone, Copy, Debug, Serialize)]
struct AtEndpoint {
    /// Time on a processor, in microseconds.
    cpu_us: f64,
    /// Bytes that it and the server exchange.
    exchanged: f64,
}

/// One start of a peer.
#[derive(Clone, Copy, Debug, Serialize)]
struct Start {
    round: u32,
    peer: Peer,
    start_up_ms: f64,
}

/// Measures as planned, and writes the tables `calls`, `invocations` and `processes`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let (mut starts, mut measured) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        // Whatever else the machine does in a round disturbs all peers; each is first in turn.
        let mut peers = Peer::ALL;
        peers.rotate_left(round as usize % Peer::ALL.len());
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

fn measure(round: u32, peer: Peer, load: Load, running: &Running) -> Result<CallRound, Failed> {
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
        failures: outcome.failures,
        endpoint,
    })
}
