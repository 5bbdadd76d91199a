//! Mutation testing: changes of the code, one at a time, that tests should notice.

use std::{fs, process::Command};

use clap::{Args, ValueEnum};

use crate::{
    command::{Failed, run},
    target::target,
};

/// What is mutated.
#[derive(Args)]
pub(crate) struct MutantsOptions {
    /// Mutates only this; can be repeated.
    #[arg(long, value_enum)]
    area: Vec<Area>,

    /// Tests one part of the mutants, such as `3/24`: a sample.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Area {
    /// The machine of the embedded engine, by its unit tests.
    Machine,
    /// JSON of messages.
    Json,
    /// The rules that contracts and traits must satisfy.
    Checks,
    /// Calls of clients.
    Call,
    /// The loop that drives an attempt, and its journal.
    Attempt,
}

impl Area {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn files(self) -> &'static [&'static str] {
        match self {
            // Not the tests and the simulation, which are in directories.
            Self::Machine => &["restate-embedded/src/machine/*.rs"],
            Self::Json => &["restate-core/src/payload/json/**/*.rs"],
            Self::Checks => &[
                "restate-expand/src/check.rs",
                "restate-expand/src/check/**/*.rs",
                "restate-codegen/src/check/**/*.rs",
            ],
            Self::Call => &["restate-core/src/call/**/*.rs"],
            Self::Attempt => &["restate-core/src/attempt/**/*.rs"],
        }
    }

    /// Files among them that are not mutated.
    fn excluded(self) -> &'static [&'static str] {
        match self {
            // Its tests, `tests/tests/deployments`, start servers, and would take minutes for each mutant.
            Self::Machine => &["restate-embedded/src/machine/registration.rs"],
            // A link, which is not overwritten.
            Self::Checks => &["restate-expand/src/check/reserved.rs"],
            Self::Json | Self::Call | Self::Attempt => &[],
        }
    }

    /// The packages whose tests are to notice, and arguments of `cargo test`: the fewest that should, as they
    /// are built and run once for each mutant.
    fn tests(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Machine => (
                "restate-embedded",
                &[
                    "--cargo-arg=--lib",
                    "--",
                    "machine::",
                    "--",
                    "--skip=simulation",
                    "--skip=random_",
                ],
            ),
            Self::Json => (
                "restate-core,restate-codegen",
                &[
                    "--cargo-arg=--lib",
                    "--cargo-arg=--test=numbers",
                    "--cargo-arg=--test=json",
                    "--cargo-arg=--test=redaction",
                ],
            ),
            // Not those that build programs: they would take a minute for each mutant.
            Self::Checks => (
                "restate-expand,restate-codegen",
                &[
                    "--cargo-arg=--lib",
                    "--cargo-arg=--test=golden",
                    "--cargo-arg=--test=mistakes",
                    "--cargo-arg=--test=settings",
                ],
            ),
            Self::Call | Self::Attempt => (
                "restate-core",
                &[
                    "--cargo-arg=--lib",
                    "--cargo-arg=--test=driver",
                    "--",
                    "--",
                    // Random programs, which take longer than all other tests together.
                    "--skip=programs::",
                ],
            ),
        }
    }
}

/// Mutates what the options say. The results are in `target/mutants`, a directory for each area.
pub(crate) fn test(options: &MutantsOptions) -> Result<(), Failed> {
    let areas = if options.area.is_empty() { Area::value_variants() } else { &options.area };
    let mut missed = Vec::new();
    for area in areas {
        // It fails if a mutant is missed, too; the others are tested nevertheless.
        if let Err(failed) = test_area(*area, options.shard.as_deref()) {
            missed.push(failed);
        }
    }
    missed.into_iter().next().map_or(Ok(()), Err)
}

fn test_area(area: Area, shard: Option<&str>) -> Result<(), Failed> {
    let (packages, arguments) = area.tests();
    let mut cargo = Command::new(env!("CARGO"));
    // A mutant changes one function: incremental builds are several times as fast.
    cargo.env("CARGO_INCREMENTAL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
    cargo.args(["mutants", "--test-package", packages, "--minimum-test-timeout", "30"]);
    // Without it, the tests of packages that are not mutated are not run before: if one failed, it would fail for
    // each mutant.
    cargo.args(packages.split(',').map(|package| format!("--cargo-arg=--package={package}")));
    let results = target().join("mutants");
    fs::create_dir_all(&results).map_err(Failed::files("the directory of the results"))?;
    cargo.arg("--output").arg(results.join(area.name()));
    cargo.args(area.files().iter().flat_map(|file| ["--file", file]));
    cargo.args(area.excluded().iter().flat_map(|file| ["--exclude", file]));
    if let Some(shard) = shard {
        cargo.args(["--sharding", "round-robin", "--shard", shard]);
    }
    run(cargo.args(arguments))
}
