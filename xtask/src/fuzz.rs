//! Fuzz targets: bytes from outside must not break what reads them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::{Args, builder::PossibleValuesParser};

use crate::command::{Failed, run};

/// What is fuzzed, and for how long.
#[derive(Args)]
pub(crate) struct FuzzOptions {
    /// The target; all of them by default.
    #[arg(value_parser = PossibleValuesParser::new(TARGETS.iter().flat_map(|(_, names)| *names)))]
    target: Option<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// The targets of each directory.
const TARGETS: [(&str, &[&str]); 2] = [
    ("fuzz", &["frames", "values", "ingress", "admin", "endpoint", "grpc"]),
    ("restate-codegen/fuzz", &["contracts", "descriptors"]),
];

/// Runs targets until the time is up, or one finds something.
pub(crate) fn fuzz(options: &FuzzOptions) -> Result<(), Failed> {
    for (directory, targets) in TARGETS {
        for target in targets {
            if options.target.as_deref().is_none_or(|wanted| wanted == *target) {
                run_target(Path::new(directory), target, options.seconds)?;
            }
        }
    }
    Ok(())
}

fn run_target(directory: &Path, target: &str, seconds: u64) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let directory = root.join(directory);
    let corpus = directory.join("corpus").join(target);
    fs::create_dir_all(&corpus).map_err(Failed::files("the corpus"))?;
    let seeds: Option<PathBuf> =
        Some(directory.join("seeds").join(target)).filter(|seeds| seeds.exists());
    // Our crates have no unsafe code, so sanitizers would only make them slower.
    run(Command::new("rustup")
        .args(["run", "nightly", "cargo", "fuzz", "run", "--sanitizer", "none", "--fuzz-dir"])
        .arg(&directory)
        .args((directory == root.join("fuzz")).then_some("--all-features"))
        .arg(target)
        .arg(corpus)
        .args(seeds)
        .arg("--")
        .args([format!("-max_total_time={seconds}"), "-max_len=60000".to_owned()]))
}
