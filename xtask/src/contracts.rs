//! Generates code for third-party contracts, which must compile without warnings.

use std::{
    fs, io,
    path::{self, Path},
};

use crate::{
    command::{Failed, cargo, cargo_with_env},
    target::target,
};

/// A directory of contracts.
#[derive(clap::Args)]
pub(crate) struct Tree {
    /// The directory of the contracts; imports are resolved in it, too.
    directory: String,
    /// Takes only every Nth contract.
    #[arg(default_value_t = 1)]
    every: usize,
    /// A directory in which imports are resolved first; can be repeated.
    #[arg(long = "include")]
    includes: Vec<String>,
}

/// Generates and compiles code for every contract in `tree` that has a service.
pub(crate) fn run(tree: &Tree) -> Result<(), Failed> {
    let Tree { directory, every, includes } = tree;
    let arguments = |generated| {
        [vec![directory.clone(), generated, every.to_string()], includes.clone()].concat()
    };
    compile(&["--release", "--example", "tree"], arguments)
}

/// Generates and compiles code for `count` random contracts, starting with the seed `first`.
pub(crate) fn random(first: u64, count: u64) -> Result<(), Failed> {
    compile(&["--example", "random"], |out| vec![out, first.to_string(), count.to_string()])
}

fn compile(example: &[&str], arguments: impl Fn(String) -> Vec<String>) -> Result<(), Failed> {
    // `include!` resolves a relative path against the including file.
    let root = path::absolute(target().join("contracts")).map_err(|error| Failed::NotStarted {
        command: "find target/contracts".to_owned(),
        error,
    })?;
    let generated = root.join("generated").display().to_string();
    let arguments = arguments(generated.clone());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    cargo(&[&["run", "--package", "restate-codegen"], example, &["--"], &arguments].concat())?;
    write_crate(&root, &generated).map_err(|error| Failed::NotStarted {
        command: format!("write {}", root.display()),
        error,
    })?;
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
    // A private module of a program, so that the compiler also warns about unused items.
    let main = format!(
        "mod contracts {{\n    include!(\"{generated}/contracts.rs\");\n}}\n\nfn main() {{}}\n"
    );
    fs::write(root.join("src/main.rs"), main)
}
