//! Deterministic simulation: the machine under a seeded scheduler, with crashes between commits,
//! reordered inputs, slow commits and a clock that jumps. A seed that fails prints what happened.

mod attempt;
mod invariants;
mod world;

use world::World;

/// Seeds that are tried unless `RESTATE_SIMULATION_SEEDS` says how many.
const SEEDS: u64 = 200;

/// Things that happen before the world comes to rest.
const STEPS: u32 = 400;

#[test]
fn whatever_happens_the_invariants_hold() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("RESTATE_SIMULATION_FIRST").unwrap_or(0);
    let seeds = number("RESTATE_SIMULATION_SEEDS").unwrap_or(SEEDS);
    for seed in first..first.saturating_add(seeds) {
        let mut world = World::new(seed);
        let outcome = (0..STEPS).try_for_each(|_| world.happen()).and_then(|()| world.rest());
        if let Err(violation) = outcome {
            let transcript = world.transcript();
            panic!(
                "seed {seed}: {violation}\n{transcript}\n\
                 replay it with: cargo xtask simulate --first {seed} --seeds 1"
            );
        }
    }
}

#[test]
fn a_seed_leads_to_the_same_history_each_time() {
    let history = |seed| {
        let mut world = World::new(seed);
        (0..STEPS).try_for_each(|_| world.happen()).unwrap();
        world.transcript()
    };
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
}
