//! The embedded engine, compared with handlers that store a row in a database by hand.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    Failed,
    calls::{CallRound, Plan, measure},
    load::Load,
    median::median,
    peer::{Peer, Running},
    report::Report,
    syncs::{self, CONNECTIONS, Syncs},
    table::{Table, figure, ratio},
    workload::Workload,
};

/// Short, because the peers take turns: other activity of the machine then affects all of them.
const DURATION: Duration = Duration::from_millis(1000);

/// Turns of each peer in a round.
const TURNS: u32 = 3;

/// Measures what `plan` says, and writes the table `by-hand`.
pub(crate) fn run(plan: &Plan, report: &Report) -> Result<(), Failed> {
    let peers = [&[Peer::Embedded], &Peer::BY_HAND[..]].concat();
    let mut counted = BTreeMap::new();
    for &peer in &peers {
        counted.insert(peer, syncs::count(peer, Workload::Greet)?);
    }
    let mut measured = Vec::new();
    for round in 0..plan.rounds {
        eprintln!("round {} of {}: compared with rows stored by hand", round + 1, plan.rounds);
        let mut running = Vec::new();
        for &peer in &peers {
            running.push((peer, peer.start()?));
        }
        for connections in CONNECTIONS {
            for _ in 0..TURNS {
                running.rotate_left(1);
                for (peer, running) in &running {
                    measured.push(greet(round, *peer, connections, running)?);
                }
            }
        }
    }
    report.keep("by-hand", &measured)?;
    report.keep("by-hand-syncs", &counted.values().collect::<Vec<_>>())?;
    report.write("by-hand", &table(&peers, &measured, &counted))
}

fn greet(
    round: u32,
    peer: Peer,
    connections: usize,
    running: &Running,
) -> Result<CallRound, Failed> {
    let calls = Workload::Greet.into();
    let load = Load { address: running.ingress, calls, connections, duration: DURATION };
    let measured = measure(round, peer, load, running)?;
    match measured.failures {
        0 => Ok(measured),
        failures => Err(Failed::new(format!("{failures} calls to {} have failed", peer.name()))),
    }
}

type OfCalls = fn(&CallRound) -> f64;

const FIGURES: [(&str, OfCalls); 3] = [
    ("calls/s", |it| it.calls_per_second),
    ("p50 ms", |it| it.p50_ms),
    ("CPU ms/call", |it| it.cpu_ms),
];

/// The figures of each peer, and those of the engine as a multiple of them.
fn table(peers: &[Peer], measured: &[CallRound], counted: &BTreeMap<Peer, [Syncs; 2]>) -> Table {
    let compared = FIGURES.iter().flat_map(|(head, _)| [*head, "engine ×"]);
    let heads = ["Connections", "Peer"].into_iter().chain(compared);
    let heads = heads.chain(["bytes/call", "engine ×", "syncs/call"]);
    let mut table = Table::new(&heads.collect::<Vec<_>>());
    for (at, connections) in CONNECTIONS.into_iter().enumerate() {
        for &peer in peers {
            let mut row = vec![connections.to_string(), peer.name().to_owned()];
            for (_, of) in FIGURES {
                let typical = |peer| {
                    let rounds = measured
                        .iter()
                        .filter(|it| it.peer == peer && it.connections == connections);
                    median(rounds.map(of))
                };
                let (own, engine) = (typical(peer), typical(Peer::Embedded));
                row.extend([figure(own), ratio(engine, Some(own))]);
            }
            let (own, engine) = (counted[&peer][at], counted[&Peer::Embedded][at]);
            row.extend([figure(own.written), ratio(engine.written, Some(own.written))]);
            row.push(figure(own.per_call));
            table.row(row);
        }
    }
    table
}
