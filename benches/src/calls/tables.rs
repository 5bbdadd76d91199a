//! Tables of medians over all rounds.

use std::collections::BTreeMap;

use super::{AtEndpoint, CallRound, Start};
use crate::{
    median::median,
    peer::Peer,
    table::{Table, figure, ratio},
    workload::Workload,
};

type Key = (Workload, usize, Peer);

/// Groups rounds by workload, connections and peer.
fn by_case(measured: &[CallRound]) -> BTreeMap<Key, Vec<&CallRound>> {
    let mut cases = BTreeMap::<_, Vec<_>>::new();
    for one in measured {
        cases.entry((one.workload, one.connections, one.peer)).or_default().push(one);
    }
    cases
}

/// Throughput, latency and cost of calls.
pub(super) fn calls(measured: &[CallRound]) -> Table {
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
        let figures: [fn(&CallRound) -> f64; 5] = [
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

/// The cost of calls at endpoints behind the same server.
pub(super) fn invocations(measured: &[CallRound]) -> Table {
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

/// Start-up time and memory of each peer.
pub(super) fn processes(starts: &[Start], measured: &[CallRound]) -> Table {
    let mut table =
        Table::new(&["Peer", "start to first answer, ms", "×", "most resident, MB", "×"]);
    let start_up =
        |peer| median(starts.iter().filter(|it| it.peer == peer).map(|it| it.start_up_ms));
    let resident = |peer| {
        let of_peer = measured.iter().filter(|it| it.peer == peer);
        of_peer.map(|it| it.resident_mb).fold(0.0, f64::max)
    };
    for peer in Peer::DURABLE.into_iter().filter(|peer| starts.iter().any(|it| it.peer == *peer)) {
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
