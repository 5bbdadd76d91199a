//! The packages of the example in TypeScript, installed into `target/`.

use std::{env, fs, process::Command};

use crate::{
    command::{Failed, run},
    target::target,
};

/// The file that names the packages.
const PROJECT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/typescript/carrier/package.json");

const WAY_OUT: &str = "the packages of the example in TypeScript are missing: install node and npm, or set \
                       RESTATE_TYPESCRIPT_EXAMPLE to a directory that has them in node_modules, or skip its \
                       test with `cargo xtask test --without-typescript`";

/// Installs the packages, unless they are installed or a variable names another installation.
pub(crate) fn install() -> Result<(), Failed> {
    let directory = target().join("typescript-example");
    let project = fs::read(PROJECT).map_err(Failed::files("the example in TypeScript"))?;
    // Written last, so that an installation that was interrupted is repeated.
    let installed = directory.join("installed");
    let is_current = fs::read(&installed).is_ok_and(|it| it == project);
    if env::var_os("RESTATE_TYPESCRIPT_EXAMPLE").is_some() || is_current {
        return Ok(());
    }
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(directory.join("package.json"), &project))
        .map_err(Failed::files("the packages of the example in TypeScript"))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
    run(npm.arg(&directory)).inspect_err(|_| eprintln!("{WAY_OUT}"))?;
    fs::write(&installed, &project).map_err(Failed::files("the list of installed packages"))
}
