//! The cost of calls on an engine with a lot of stored data, and its restart time after a crash.

use std::time::Duration;

use serde::Serialize;

use super::{engine::Engine, kept::Kept};
use crate::{
    Failed,
    load::Load,
    median::median,
    report::Report,
    table::{Table, count, figure, ratio},
};

/// The number of connections for throughput; latency is measured with one.
const CONNECTIONS: usize = 64;

#[derive(Clone, Copy, Debug, Serialize)]
struct KeptRound {
    round: u32,
    kept: Kept,
    size: u64,
    calls_per_second: f64,
    p99_ms: f64,
    /// CPU time of each call, in microseconds.
    cpu_us: f64,
    /// Bytes written to disk for each call.
    written: f64,
    /// With one connection.
    p50_ms: f64,
    resident_mb: f64,
    /// From the start of a process on the data of a killed one to its first response.
    restart_ms: f64,
}

/// Measures `rounds` rounds, and writes the table `kept`.
pub(super) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    let duration = Duration::from_millis(if quick { 500 } else { 1000 });
    let mut measured = Vec::new();
    for kept in Kept::ALL {
        let mut engines = Vec::new();
        for &size in kept.sizes(quick) {
            eprintln!("growth: {} {}", count(size), kept.name());
            let engine = Engine::start()?;
            kept.fill(&engine, size)?;
            engines.push((size, engine));
        }
        for round in 0..rounds {
            // They take turns in going first, because the first finds the disk idle.
            engines.rotate_left(1);
            for (size, engine) in &mut engines {
                measured.push(measure(round, kept, *size, engine, duration)?);
            }
        }
    }
    report.keep("kept", &measured)?;
    report.write("kept", &table(&measured, quick))
}

fn measure(
    round: u32,
    kept: Kept,
    size: u64,
    engine: &mut Engine,
    duration: Duration,
) -> Result<KeptRound, Failed> {
    let restart = engine.restart()?;
    let load = |connections| {
        let calls = kept.calls(size);
        Load { address: engine.ingress, calls, connections, duration }.run()
    };
    let before = engine.usage()?;
    let many = load(CONNECTIONS)?;
    let after = engine.usage()?;
    let one = load(1)?;
    if many.failures + one.failures > 0 {
        return Err(Failed::new(format!("calls beside {size} {} have failed", kept.name())));
    }
    Ok(KeptRound {
        round,
        kept,
        size,
        calls_per_second: many.calls_per_second(),
        p99_ms: many.percentile(99),
        cpu_us: (after.cpu - before.cpu) as f64 / 1e3 / many.total.max(1) as f64,
        written: (after.written - before.written) as f64 / many.total.max(1) as f64,
        p50_ms: one.percentile(50),
        resident_mb: after.resident as f64 / 1e6,
        restart_ms: restart.as_secs_f64() * 1e3,
    })
}

type Figure = fn(&KeptRound) -> f64;

/// Figures that are compared with those of the engine with the least data.
const COMPARED: [(&str, Figure); 4] = [
    ("calls/s", |it| it.calls_per_second),
    ("CPU µs/call", |it| it.cpu_us),
    ("bytes/call", |it| it.written),
    ("p50 ms of one connection", |it| it.p50_ms),
];

const NOT_COMPARED: [(&str, Figure); 2] =
    [("resident MB", |it| it.resident_mb), ("restart ms", |it| it.restart_ms)];

fn typical(measured: &[KeptRound], kept: Kept, size: u64, of: Figure) -> f64 {
    median(measured.iter().filter(|it| (it.kept, it.size) == (kept, size)).map(of))
}

fn table(measured: &[KeptRound], quick: bool) -> Table {
    let compared = COMPARED.iter().flat_map(|(head, _)| [*head, "×"]);
    let not_compared = NOT_COMPARED.iter().map(|(head, _)| *head);
    let heads = ["What is kept", "How many"].into_iter().chain(compared).chain(not_compared);
    let mut table = Table::new(&heads.collect::<Vec<_>>());
    for kept in Kept::ALL {
        let sizes = kept.sizes(quick);
        for &size in sizes {
            let mut row = vec![kept.name().to_owned(), count(size)];
            for (_, of) in COMPARED {
                let own = typical(measured, kept, size, of);
                let least = typical(measured, kept, sizes[0], of);
                row.extend([figure(own), ratio(own, Some(least))]);
            }
            row.extend(NOT_COMPARED.map(|(_, of)| figure(typical(measured, kept, size, of))));
            table.row(row);
        }
    }
    table
}
