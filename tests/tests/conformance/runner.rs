//! Runs scenarios and reports on each.

use std::{process::ExitCode, sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    task::{JoinSet, LocalSet, spawn_local},
    time::Instant,
};

use crate::{
    plan::Group,
    scenario::{Scenario, Setup},
    stage::{Needs, Stage},
};

/// How many scenarios share a stage at a time.
const AT_A_TIME: usize = 8;

/// No scenario takes longer than this.
const LIMIT: Duration = Duration::from_secs(180);

/// Runs one group after the other, and reports whether all of it was there.
pub async fn run(groups: Vec<Group>) -> ExitCode {
    LocalSet::new().run_until(run_groups(groups)).await
}

async fn run_groups(groups: Vec<Group>) -> ExitCode {
    let (mut passed, mut failed) = (0, Vec::new());
    for group in groups.into_iter().filter(|group| !group.scenarios.is_empty()) {
        let outcomes = perform(group).await;
        for (name, outcome) in outcomes {
            match outcome {
                Ok(()) => passed += 1,
                Err(()) => failed.push(name),
            }
        }
    }
    println!("\n{passed} passed, {} failed", failed.len());
    for name in &failed {
        println!("    {name}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Outcome = (String, Result<(), ()>);

async fn perform(group: Group) -> Vec<Outcome> {
    let Group { platform, configuration, .. } = group;
    let title = group.title();
    let names = group.names();
    let stage = spawn_local(Stage::start(platform, configuration, Needs::default())).await;
    let Ok(stage) = stage else {
        println!("{title}: cannot be set up");
        return names.into_iter().map(|name| (name, Err(()))).collect();
    };
    let setup = Setup { platform, configuration, shared: Arc::new(stage) };
    let turns = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for (name, scenario) in names.into_iter().zip(group.scenarios) {
        let (setup, turns) = (setup.clone(), Arc::clone(&turns));
        running.spawn_local(async move {
            let _turn = turns.acquire().await.expect("it is never closed");
            show(name, scenario, setup).await
        });
    }
    running.join_all().await
}

async fn show(name: String, scenario: Scenario, setup: Setup) -> Outcome {
    let started = Instant::now();
    let shown = spawn_local(tokio::time::timeout(LIMIT, (scenario.show)(setup))).await;
    let outcome = match shown {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => {
            println!("{name} takes longer than {LIMIT:?}");
            Err(())
        }
        // The panic has told what is wrong.
        Err(_) => Err(()),
    };
    let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
    println!("{name} ... {verdict} ({:.1?})", started.elapsed());
    (name, outcome)
}
