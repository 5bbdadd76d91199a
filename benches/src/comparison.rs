//! Peers under the same loads, in one table.

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

const WORKLOADS: [Workload; 3] = [Workload::Greet, Workload::Steps, Workload::Call];

const CONNECTIONS: usize = 64;

/// A column of a table, and the figure of a round that it shows.
type Column = (&'static str, fn(&CallRound) -> f64);

/// Peers that take turns, each with the three loads.
pub(crate) struct Comparison {
    /// The name of its table.
    pub(crate) name: &'static str,
    pub(crate) peers: &'static [Peer],
    /// The figures of all peers are shown as multiples of its figures as well.
    pub(crate) base: Peer,
    pub(crate) columns: &'static [Column],
}

impl Comparison {
    /// Measures what `plan` says, and writes the table.
    pub(crate) fn run(&self, plan: &Plan, report: &Report) -> Result<(), Failed> {
        let mut measured = Vec::new();
        for round in 0..plan.rounds {
            // They take turns in going first: other activity of the machine then disturbs all of them.
            let mut peers = self.peers.to_vec();
            peers.rotate_left(round as usize % self.peers.len());
            for peer in peers {
                eprintln!("round {} of {}: {}", round + 1, plan.rounds, peer.name());
                measured.extend(measure_peer(round, peer, plan)?);
            }
        }
        report.keep(self.name, &measured)?;
        report.write(self.name, &self.table(plan, &measured))
    }

    fn table(&self, plan: &Plan, measured: &[CallRound]) -> Table {
        let figures = self.columns.iter().flat_map(|(name, _)| [*name, "×"]);
        let mut table =
            Table::new(&["Workload", "Peer"].into_iter().chain(figures).collect::<Vec<_>>());
        for workload in workloads(plan) {
            let typical = |peer, of: fn(&CallRound) -> f64| {
                let rounds = measured.iter();
                median(rounds.filter(|it| it.peer == peer && it.workload == workload).map(of))
            };
            for &peer in self.peers {
                let mut row = vec![format!("`{}`", workload.name()), peer.name().to_owned()];
                for (_, of) in self.columns {
                    let (own, base) = (typical(peer, *of), typical(self.base, *of));
                    row.extend([figure(own), ratio(own, Some(base))]);
                }
                table.row(row);
            }
        }
        table
    }
}

fn workloads(plan: &Plan) -> impl Iterator<Item = Workload> {
    WORKLOADS.into_iter().filter(|workload| plan.workloads.contains(workload))
}

fn measure_peer(round: u32, peer: Peer, plan: &Plan) -> Result<Vec<CallRound>, Failed> {
    let running = peer.start()?;
    let mut measured = Vec::new();
    for workload in workloads(plan) {
        let (address, duration) = (running.ingress, plan.duration);
        let load = Load { address, calls: workload.into(), connections: CONNECTIONS, duration };
        let calls = measure(round, peer, load, &running)?;
        if calls.failures > 0 {
            let (failures, name) = (calls.failures, peer.name());
            return Err(Failed::new(format!("{failures} calls to {name} have failed")));
        }
        measured.push(calls);
    }
    Ok(measured)
}
