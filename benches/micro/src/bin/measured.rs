//! Runs the case named by its argument once; without an argument it lists all cases.
//!
//! `cargo xtask counts` runs it in valgrind, which counts only while `measured` runs.

use std::{env, hint::black_box, process::ExitCode};

use restate_micro::{Run, cases};

fn main() -> ExitCode {
    let Some(name) = env::args().nth(1) else {
        cases().for_each(|case| println!("{case}"));
        return ExitCode::SUCCESS;
    };
    let Some(case) = cases().find(|case| case.name() == name) else {
        eprintln!("no case `{name}`; run without an argument to list all cases");
        return ExitCode::FAILURE;
    };
    measured(&mut case.prepare());
    ExitCode::SUCCESS
}

#[inline(never)]
fn measured(run: &mut Run) {
    run();
    // Prevents a tail call, which would end the profile's function `measured` too early.
    black_box(());
}
