//! What it costs to send spans to a collector.

use crate::{
    Failed,
    calls::{CallRound, Plan, measure},
    load::Load,
    median::median,
    peer::Peer,
    report::Report,
    table::{Table, figure, ratio},
    workload::Workload,
};

const PEERS: [Peer; 3] = [Peer::Embedded, Peer::EmbeddedTraced, Peer::EmbeddedTracedFully];

const WORKLOADS: [Workload; 3] = [Workload::Greet, Workload::Steps, Workload::Call];

const CONNECTIONS: usize = 64;

/// Measures what `plan` says, and writes the table `traces`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let mut measured = Vec::new();
    for round in 0..plan.rounds {
        let mut peers = PEERS;
        peers.rotate_left(round as usize % PEERS.len());
        for peer in peers {
            eprintln!("round {} of {}: {}", round + 1, plan.rounds, peer.name());
            let running = peer.start()?;
            for workload in WORKLOADS.into_iter().filter(|it| plan.workloads.contains(it)) {
                let (address, duration) = (running.ingress, plan.duration);
                let calls = workload.into();
                let load = Load { address, calls, connections: CONNECTIONS, duration };
                let calls = measure(round, peer, load, &running)?;
                if calls.failures > 0 {
                    return Err(Failed::new(format!("calls to {} have failed", peer.name())));
                }
                measured.push(calls);
            }
        }
    }
    report.keep("traces", &measured)?;
    report.write("traces", &table(plan, &measured))
}

fn table(plan: &Plan, measured: &[CallRound]) -> Table {
    let mut table = Table::new(&["Workload", "Peer", "calls/s", "×", "CPU ms/call", "×"]);
    for workload in WORKLOADS.into_iter().filter(|it| plan.workloads.contains(it)) {
        let typical = |peer, of: &dyn Fn(&CallRound) -> f64| {
            let rounds = measured.iter();
            median(rounds.filter(|it| it.peer == peer && it.workload == workload).map(of))
        };
        for peer in PEERS {
            let mut row = vec![format!("`{}`", workload.name()), peer.name().to_owned()];
            let figures: [&dyn Fn(&CallRound) -> f64; 2] =
                [&|it| it.calls_per_second, &|it| it.cpu_ms];
            for of in figures {
                let (own, plain) = (typical(peer, of), typical(Peer::Embedded, of));
                row.extend([figure(own), ratio(own, Some(plain))]);
            }
            table.row(row);
        }
    }
    table
}
