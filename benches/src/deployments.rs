//! The same endpoint behind our engine and behind a Restate server.

use serde::Serialize;

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

const PEERS: [Peer; 2] = [Peer::Deployed, Peer::Endpoint];

const WORKLOADS: [Workload; 3] = [Workload::Greet, Workload::Steps, Workload::Call];

const CONNECTIONS: usize = 64;

/// One round of one workload.
#[derive(Serialize)]
struct Round {
    workload: Workload,
    calls: CallRound,
    /// The memory of engine or server, without that of the endpoint, in MB.
    engine_mb: f64,
}

/// Measures what `plan` says, and writes the table `deployments`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let mut measured = Vec::new();
    for round in 0..plan.rounds {
        let mut peers = PEERS;
        peers.rotate_left(round as usize % PEERS.len());
        for peer in peers {
            eprintln!("round {} of {}: {}", round + 1, plan.rounds, peer.name());
            let running = peer.start()?;
            for workload in WORKLOADS.into_iter().filter(|it| plan.workloads.contains(it)) {
                let calls = workload.into();
                let (address, duration) = (running.ingress, plan.duration);
                let load = Load { address, calls, connections: CONNECTIONS, duration };
                let calls = measure(round, peer, load, &running)?;
                if calls.failures > 0 {
                    let failures = calls.failures;
                    return Err(Failed::new(format!(
                        "{failures} calls to {} have failed",
                        peer.name()
                    )));
                }
                let engine_mb = running.engine_usage()?.resident as f64 / 1e6;
                measured.push(Round { workload, calls, engine_mb });
            }
        }
    }
    report.keep("deployments", &measured)?;
    report.write("deployments", &table(plan, &measured))
}

/// The figures of each peer, and those of our engine as a multiple of the server's.
fn table(plan: &Plan, measured: &[Round]) -> Table {
    let heads = ["Workload", "Peer", "calls/s", "×", "p50 ms", "×", "engine MB", "×"];
    let mut table = Table::new(&heads);
    for workload in WORKLOADS.into_iter().filter(|it| plan.workloads.contains(it)) {
        let typical = |peer, of: &dyn Fn(&Round) -> f64| {
            let rounds = measured.iter();
            let rounds = rounds.filter(|it| it.calls.peer == peer && it.workload == workload);
            median(rounds.map(of))
        };
        for peer in PEERS {
            let mut row = vec![format!("`{}`", workload.name()), peer.name().to_owned()];
            let figures: [&dyn Fn(&Round) -> f64; 3] =
                [&|it| it.calls.calls_per_second, &|it| it.calls.p50_ms, &|it| it.engine_mb];
            for of in figures {
                let (own, server) = (typical(peer, of), typical(Peer::Endpoint, of));
                row.extend([figure(own), ratio(own, Some(server))]);
            }
            table.row(row);
        }
    }
    table
}
