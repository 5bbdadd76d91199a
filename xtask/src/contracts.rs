//! Code for contracts of others: generated, compiled without warnings, and measured beside tonic's.

use std::{
    fs, io,
    path::{self, Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    command::{Failed, cargo, cargo_with_env, run as run_command},
    service_code::{Generator, Lines},
    target::target,
};

/// A directory of contracts.
#[derive(clap::Args)]
pub(crate) struct Tree {
    /// Where the contracts are, and what their imports are looked up in.
    directory: String,
    /// Takes only every so-manieth contract.
    #[arg(default_value_t = 1)]
    every: usize,
    /// What imports are looked up in before.
    #[arg(long = "include")]
    includes: Vec<String>,
}

/// Generates code for the contracts with a service in `tree`, and compiles it.
pub(crate) fn run(tree: &Tree) -> Result<(), Failed> {
    build_tree()?;
    let root = root()?;
    generate(Generator::Restate, tree)?;
    compile(&root)
}

/// Generates code for the same contracts with tonic in turn, and says how long that took and how much
/// it is.
pub(crate) fn beside_tonic(tree: &Tree) -> Result<(), Failed> {
    build_tree()?;
    let manifest = ["--manifest-path", "benches/tonic/Cargo.toml"];
    let into = tonic_target().display().to_string();
    let build = ["build", "--release", "--locked", "--target-dir", &into];
    cargo(&[&build[..], &manifest].concat())?;
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (generator, times) in [Generator::Restate, Generator::Tonic].into_iter().zip(&mut times)
        {
            times.push(generate(generator, tree)?);
        }
    }
    for (name, mut times) in ["restate-codegen", "tonic-prost-build"].into_iter().zip(times) {
        times.sort();
        println!("{name}: {:.1?}, the median of {ROUNDS}", times[ROUNDS / 2]);
    }
    Ok(())
}

/// How often both generate, in turn.
const ROUNDS: usize = 3;

/// Generates code for `count` random contracts, from the seed `first` on, and compiles it.
pub(crate) fn random(first: u64, count: u64) -> Result<(), Failed> {
    let root = root()?;
    let out = generated(&root, Generator::Restate).display().to_string();
    let example = ["run", "--package", "restate-codegen", "--example", "random", "--"];
    cargo(&[&example[..], &[&out, &first.to_string(), &count.to_string()]].concat())?;
    compile(&root)
}

fn build_tree() -> Result<(), Failed> {
    cargo(&["build", "--release", "--locked", "--package", "restate-codegen", "--example", "tree"])
}

/// Writes the code of one generator, and says how long that took.
fn generate(generator: Generator, tree: &Tree) -> Result<Duration, Failed> {
    let program = match generator {
        Generator::Restate => target().join("release/examples/tree"),
        Generator::Tonic => tonic_target().join("release/bench-tonic"),
    };
    let out = generated(&root()?, generator);
    // What another tree has left there would be counted, too.
    match fs::remove_dir_all(&out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failed::Files { what: "generated code", error });
        }
        _ => {}
    }
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    let start = Instant::now();
    let Tree { directory, every, includes } = tree;
    run_command(
        Command::new(program).arg(directory).arg(&out).arg(every.to_string()).args(includes),
    )?;
    let took = start.elapsed();
    let lines = Lines::count(generator, &out)
        .map_err(|error| Failed::Files { what: "generated code", error })?;
    println!("{took:.1?}: {lines}");
    Ok(took)
}

fn tonic_target() -> PathBuf {
    target().join("bench/tonic")
}

/// Where code goes; it is included by this path.
fn root() -> Result<PathBuf, Failed> {
    path::absolute(target().join("contracts"))
        .map_err(|error| Failed::Files { what: "target/contracts", error })
}

fn generated(root: &Path, generator: Generator) -> PathBuf {
    root.join(match generator {
        Generator::Restate => "generated",
        Generator::Tonic => "tonic",
    })
}

fn compile(root: &Path) -> Result<(), Failed> {
    let generated = generated(root, Generator::Restate).display().to_string();
    write_crate(root, &generated)
        .map_err(|error| Failed::Files { what: "the crate of generated code", error })?;
    let manifest = root.join("Cargo.toml").display().to_string();
    cargo_with_env(&[("RUSTFLAGS", "-D warnings")], &["check", "--manifest-path", &manifest])
}

fn write_crate(root: &Path, generated: &str) -> io::Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let core = workspace.join("restate-core");
    let manifest = format!(
        "[package]\nname = \"contracts\"\nedition = \"2024\"\n\n\
         [dependencies]\nrestate-core = {{ path = {core:?} }}\n\n[workspace]\n"
    );
    fs::create_dir_all(root.join("src"))?;
    fs::write(root.join("Cargo.toml"), manifest)?;
    fs::copy(workspace.join("Cargo.lock"), root.join("Cargo.lock"))?;
    // A program, and a private module: the compiler also looks for what is never used.
    let main = format!(
        "mod contracts {{\n    include!(\"{generated}/contracts.rs\");\n}}\n\nfn main() {{}}\n"
    );
    fs::write(root.join("src/main.rs"), main)
}
