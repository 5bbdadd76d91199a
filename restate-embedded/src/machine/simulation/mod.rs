//! Deterministic simulation: the machine under a seeded scheduler, with random handlers and
//! clients, crashes at any commit, inputs in any order, slow commits and a clock that jumps. A seed
//! that fails prints its history and the command that replays it.

mod attempt;
mod figures;
mod flaw;
mod invariants;
mod random;
mod world;

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
};

use flaw::Flaw;
use world::{Crash, World};

/// How many seeds are played, unless `RESTATE_SIMULATION_SEEDS` says otherwise; chosen to take
/// seconds.
const SEEDS: u64 = 200;

/// How many of them are repeated with a crash before, during and after each of their first 100
/// commits: 300 histories each.
const SEEDS_WITH_EVERY_CRASH: u64 = 1;

/// Random events in a history, before everything is allowed to end.
const STEPS: u32 = 400;

/// Plays the history of a seed. An error is the violation with everything that led to it.
fn simulate(seed: u64, crash: Option<Crash>, flaw: Option<Flaw>) -> Result<World, String> {
    let mut world = World::new(seed, crash, flaw);
    // An assertion of the machine is reported with the history, as any other violation is.
    let played = panic::catch_unwind(AssertUnwindSafe(|| {
        (0..STEPS).try_for_each(|_| world.happen()).and_then(|()| world.rest())
    }));
    match played.unwrap_or_else(|panic| Err(message(&*panic))) {
        Ok(()) => Ok(world),
        Err(violation) => Err(format!(
            "{}\nseed {seed}{}: {violation}\n\
             replay it with: cargo xtask simulate --first {seed} --seeds 1",
            world.transcript(),
            crash.map_or_else(String::new, |crash| format!(", with a crash {crash:?}")),
        )),
    }
}

/// The first seed whose history a flaw violates, and the report.
fn find(flaw: Flaw) -> Option<(u64, String)> {
    (0..SEEDS).find_map(|seed| Some((seed, simulate(seed, None, Some(flaw)).err()?)))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic".to_owned())
}

#[test]
fn random_histories_violate_no_invariant() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("RESTATE_SIMULATION_FIRST").unwrap_or(0);
    let seeds = number("RESTATE_SIMULATION_SEEDS").unwrap_or(SEEDS);
    for seed in first..first.saturating_add(seeds) {
        if let Err(report) = simulate(seed, None, None) {
            panic!("{report}");
        }
    }
}

#[test]
fn a_crash_at_any_commit_violates_no_invariant() {
    for seed in 0..SEEDS_WITH_EVERY_CRASH {
        let undisturbed = simulate(seed, None, None).map_err(|report| panic!("{report}"));
        for commit in 0..undisturbed.map_or(0, |world| world.commits()).min(100) {
            for crash in [Crash::Before(commit), Crash::During(commit), Crash::After(commit)] {
                if let Err(report) = simulate(seed, Some(crash), None) {
                    panic!("{report}");
                }
            }
        }
    }
}

#[test]
fn a_seed_always_leads_to_the_same_history() {
    let history = |seed| simulate(seed, None, None).map(|world| world.transcript());
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
}

#[test]
fn histories_restart_invocations_from_entries() {
    let kept = (0..20).filter_map(|seed| simulate(seed, None, None).ok()).filter(|world| {
        let transcript = world.transcript();
        let mut restarts = transcript.lines().filter(|line| line.contains(" restart "));
        restarts.any(|line| !line.ends_with(" from 0"))
    });
    assert!(kept.count() > 2);
}

#[test]
fn a_flaw_is_found_and_can_be_replayed() {
    for flaw in Flaw::ALL {
        if flaw.needs_deployments() && !cfg!(feature = "deployments") {
            continue;
        }
        let (seed, report) = find(flaw).unwrap_or_else(|| panic!("{flaw:?} is not found"));
        assert!(report.contains(&format!("--first {seed} --seeds 1")), "{report}");
        assert!(report.contains("request 0 for"), "{report}");
        assert_eq!(simulate(seed, None, Some(flaw)).err(), Some(report), "it is the same again");
    }
}
