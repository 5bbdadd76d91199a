//! The simulation of the embedded engine's machine, optimized: many more seeds than its tests play.

use std::fs;

use crate::{
    command::{Failed, cargo_with_env},
    target::target,
};

const PAGE: &str = "docs/simulation.md";
const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- /figures -->\n";

/// Plays the histories of seeds.
pub(crate) fn run(first: u64, seeds: u64) -> Result<(), Failed> {
    let (first, seeds) = (first.to_string(), seeds.to_string());
    let seeds = [("RESTATE_SIMULATION_FIRST", &*first), ("RESTATE_SIMULATION_SEEDS", &*seeds)];
    test(&seeds, &["random_histories_violate_no_invariant"])
}

/// Counts what happens in histories, and after how many each planted flaw is found.
pub(crate) fn write_figures() -> Result<(), Failed> {
    let figures =
        std::path::absolute(target().join("simulation.md")).map_err(Failed::files("target"))?;
    let path = figures.display().to_string();
    test(&[("RESTATE_SIMULATION_FIGURES", &path)], &["simulation::figures", "--", "--ignored"])?;
    let figures = fs::read_to_string(figures).map_err(Failed::files("the figures"))?;
    let page = fs::read_to_string(PAGE).map_err(Failed::files(PAGE))?;
    let page = replaced(&page, &figures).ok_or_else(|| {
        Failed::Suite(format!(
            "{PAGE} has no place for figures, between `{}` and `{}`",
            BEGIN.trim(),
            END.trim()
        ))
    })?;
    fs::write(PAGE, page).map_err(Failed::files(PAGE))
}

fn replaced(page: &str, figures: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{figures}{END}{after}"))
}

fn test(variables: &[(&str, &str)], arguments: &[&str]) -> Result<(), Failed> {
    let tests = ["test", "--release", "--locked", "--package", "restate-embedded", "--lib"];
    let with_deployments = ["--features", "deployments"];
    // The machine states what must hold of its state in `debug_assert!`.
    let asserting = ["--config", "profile.release.package.restate-embedded.debug-assertions=true"];
    cargo_with_env(variables, &[&tests[..], &with_deployments, &asserting, arguments].concat())
}
