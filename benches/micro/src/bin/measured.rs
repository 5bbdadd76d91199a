//! Runs the case that it is told, once; without an argument it names all of them.
//!
//! `cargo xtask counts` runs it in valgrind, which counts as long as `measured` runs.

use std::{env, hint::black_box, process::ExitCode};

use restate_micro::{Run, cases};

fn main() -> ExitCode {
    let Some(name) = env::args().nth(1) else {
        cases().for_each(|case| println!("{case}"));
        return ExitCode::SUCCESS;
    };
    let Some(case) = cases().find(|case| case.name() == name) else {
        eprintln!("there is no case `{name}`; without an argument all are named");
        return ExitCode::FAILURE;
    };
    measured(&mut case.prepare());
    ExitCode::SUCCESS
}

#[inline(never)]
fn measured(run: &mut Run) {
    run();
    // Something comes after the run, so that it is called and not jumped to.
    black_box(());
}
