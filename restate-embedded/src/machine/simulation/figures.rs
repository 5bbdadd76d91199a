//! The figures in `docs/simulation.md`. They follow from the code, as every history follows from its seed.

use std::{env, fmt::Write as _, fs, time::Duration};

use super::{find, flaw::Flaw, simulate, world::World};

/// How many seeds are counted, unless `RESTATE_SIMULATION_SEEDS` says otherwise.
const COUNTED: u64 = 10_000;

/// What happened in a history.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) requests: usize,
    pub(super) commits: u64,
    pub(super) crashes: u64,
    pub(super) failed_syncs: u64,
    pub(super) passed: Duration,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.commits += other.commits;
        self.crashes += other.crashes;
        self.failed_syncs += other.failed_syncs;
        self.passed += other.passed;
    }
}

#[test]
#[ignore = "`cargo xtask simulate --figures` runs it, optimized"]
fn figures() {
    let path = env::var("RESTATE_SIMULATION_FIGURES").expect("the variable names a file");
    let seeds = env::var("RESTATE_SIMULATION_SEEDS")
        .map_or(COUNTED, |seeds| seeds.parse().expect("RESTATE_SIMULATION_SEEDS is a number"));
    let text = table(seeds) + &flaws();
    fs::write(path, text).expect("the file can be written");
}

fn table(seeds: u64) -> String {
    let mut sum = Figures::default();
    for seed in 0..seeds {
        match simulate(seed, None, None) {
            Ok(world) => sum.add(World::figures(&world)),
            Err(report) => panic!("{report}"),
        }
    }
    let Figures { requests, commits, crashes, failed_syncs, passed } = sum;
    let hours = passed.as_secs() / 3_600;
    format!(
        "| Seeds | Requests | Commits | Crashes | Failed syncs | Simulated time | Violations |\n\
         |--:|--:|--:|--:|--:|--:|--:|\n\
         | {seeds} | {requests} | {commits} | {crashes} | {failed_syncs} | {hours} h | 0 |\n"
    )
}

fn flaws() -> String {
    let mut text = "\n| Planted flaw | Histories until it is found |\n|---|--:|\n".to_owned();
    for flaw in Flaw::ALL {
        let (seed, _) = find(flaw).unwrap_or_else(|| panic!("{flaw:?} is not found"));
        writeln!(text, "| {} | {} |", flaw.text(), seed + 1).expect("a string can be written");
    }
    text
}
