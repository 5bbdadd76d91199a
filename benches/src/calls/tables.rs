//! Tables and plots of what was measured, by case: medians of its rounds.

use std::collections::BTreeMap;

use super::{AtEndpoint, Measurement, Start};
use crate::{
    median::median,
    peer::Peer,
    plot::{Curve, Plot},
    table::{Table, figure, ratio},
    workload::Workload,
};

type Case = (Workload, usize, Peer);

/// The rounds of each case.
fn by_case(measured: &[Measurement]) -> BTreeMap<Case, Vec<&Measurement>> {
    let mut cases = BTreeMap::<_, Vec<_>>::new();
    for one in measured {
        cases.entry((one.workload, one.connections, one.peer)).or_default().push(one);
    }
    cases
}

/// What callers see, and what it costs.
pub(super) fn calls(measured: &[Measurement]) -> Table {
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
        if rounds.iter().any(|round| round.calls < round.connections as u64) {
            row[2].push_str(" (few were answered)");
        }
        table.row(row);
    }
    table
}

/// What is done at endpoints alone, behind the same server.
pub(super) fn invocations(measured: &[Measurement]) -> Table {
    let mut table =
        Table::new(&["Workload", "Connections", "Endpoint", "CPU µs/call", "×", "bytes/call", "×"]);
    let cases = by_case(measured);
    for ((workload, connections, peer), rounds) in &cases {
        let typical = |peer: Peer, of: fn(&AtEndpoint) -> f64| {
            let rounds = cases.get(&(*workload, *connections, peer))?;
            Some(median(rounds.iter().filter_map(|it| it.endpoint.as_ref()).map(of)))
        };
        if rounds.iter().all(|it| it.endpoint.is_none()) {
            continue;
        }
        let mut row =
            vec![format!("`{}`", workload.name()), connections.to_string(), peer.name().to_owned()];
        let figures: [fn(&AtEndpoint) -> f64; 2] = [|it| it.cpu_us, |it| it.exchanged];
        for of in figures {
            let own = typical(*peer, of).unwrap_or_default();
            row.extend([figure(own), ratio(own, typical(Peer::Official, of))]);
        }
        table.row(row);
    }
    table
}

/// What the processes of a peer need, whatever is called.
pub(super) fn processes(starts: &[Start], measured: &[Measurement]) -> Table {
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

/// Throughput of three steps by the number of connections.
pub(super) fn throughput(measured: &[Measurement]) -> Plot {
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
