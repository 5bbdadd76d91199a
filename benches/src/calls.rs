//! Calls from outside: every workload on every peer, at several numbers of connections.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    Failed,
    load::Load,
    median::median,
    peer::{Peer, Running},
    plot::{Curve, Plot},
    report::Report,
    table::{Table, figure, ratio},
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
struct Measurement {
    round: u32,
    peer: Peer,
    workload: Workload,
    connections: usize,
    calls_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Time on a processor for each call, until the peer is at rest, in milliseconds.
    cpu_ms: f64,
    /// Bytes written towards a disk for each call, until the peer is at rest.
    written: f64,
    resident_mb: f64,
    failures: u64,
}

/// One start of a peer.
#[derive(Clone, Copy, Debug, Serialize)]
struct Start {
    round: u32,
    peer: Peer,
    start_up_ms: f64,
}

/// Measures as planned, and writes the tables `calls` and `processes`.
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
                        workload,
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
    report.write("calls", &calls_table(&measured))?;
    report.write("processes", &processes_table(&starts, &measured))?;
    report.draw("calls", &throughput_plot(&measured))
}

fn measure(round: u32, peer: Peer, load: Load, running: &Running) -> Result<Measurement, Failed> {
    let before = running.usage()?;
    let outcome = load.run()?;
    let after = running.usage_at_rest()?;
    let total = outcome.total.max(1) as f64;
    Ok(Measurement {
        round,
        peer,
        workload: load.workload,
        connections: load.connections,
        calls_per_second: outcome.latencies.len() as f64 / load.duration.as_secs_f64(),
        p50_ms: outcome.percentile(50),
        p99_ms: outcome.percentile(99),
        cpu_ms: (after.cpu - before.cpu) as f64 / 1e6 / total,
        written: (after.written - before.written) as f64 / total,
        resident_mb: after.resident as f64 / 1e6,
        failures: outcome.failures,
    })
}

type Case = (Workload, usize, Peer);

/// The rounds of each case.
fn by_case(measured: &[Measurement]) -> BTreeMap<Case, Vec<&Measurement>> {
    let mut cases = BTreeMap::<_, Vec<_>>::new();
    for one in measured {
        cases.entry((one.workload, one.connections, one.peer)).or_default().push(one);
    }
    cases
}

fn calls_table(measured: &[Measurement]) -> Table {
    let mut table = Table::new(&[
        "Workload",
        "Connections",
        "Peer",
        "calls/s",
        "×",
        "p50 ms",
        "×",
        "p99 ms",
        "×",
        "CPU ms/call",
        "×",
        "bytes/call",
        "×",
    ]);
    let cases = by_case(measured);
    for ((workload, connections, peer), rounds) in &cases {
        let official = cases.get(&(*workload, *connections, Peer::Official));
        let mut row =
            vec![format!("`{}`", workload.name()), connections.to_string(), peer.name().to_owned()];
        let figures: [fn(&Measurement) -> f64; 5] = [
            |it| it.calls_per_second,
            |it| it.p50_ms,
            |it| it.p99_ms,
            |it| it.cpu_ms,
            |it| it.written,
        ];
        for of in figures {
            let own = median(rounds.iter().map(|it| of(it)));
            let theirs = official.map(|rounds| median(rounds.iter().map(|it| of(it))));
            row.push(figure(own));
            row.push(ratio(own, theirs));
        }
        if rounds.iter().any(|round| round.failures > 0) {
            row[2].push_str(" (calls failed)");
        }
        table.row(row);
    }
    table
}

fn processes_table(starts: &[Start], measured: &[Measurement]) -> Table {
    let mut table =
        Table::new(&["Peer", "start to first answer, ms", "×", "most resident, MB", "×"]);
    let start_up =
        |peer| median(starts.iter().filter(|it| it.peer == peer).map(|it| it.start_up_ms));
    let resident = |peer| {
        let of_peer = measured.iter().filter(|it| it.peer == peer);
        of_peer.map(|it| it.resident_mb).fold(0.0, f64::max)
    };
    for peer in Peer::ALL.into_iter().filter(|peer| starts.iter().any(|it| it.peer == *peer)) {
        table.row(vec![
            peer.name().to_owned(),
            figure(start_up(peer)),
            ratio(start_up(peer), Some(start_up(Peer::Official))),
            figure(resident(peer)),
            ratio(resident(peer), Some(resident(Peer::Official))),
        ]);
    }
    table
}

fn throughput_plot(measured: &[Measurement]) -> Plot {
    let cases = by_case(measured);
    let curve = |peer: Peer| {
        let points = cases
            .iter()
            .filter(|((workload, _, it), _)| *it == peer && *workload == Workload::Steps);
        let points = points.map(|((_, connections, _), rounds)| {
            (*connections as f64, median(rounds.iter().map(|it| it.calls_per_second)))
        });
        Curve { name: peer.name().to_owned(), points: points.collect() }
    };
    Plot {
        title: "Calls per second of /Steps/run (three run steps)".to_owned(),
        x: "connections".to_owned(),
        y: "calls/s".to_owned(),
        curves: Peer::ALL.into_iter().map(curve).filter(|it| !it.points.is_empty()).collect(),
    }
}
