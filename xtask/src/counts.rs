//! Instructions and allocations of the cases of `restate-micro`, compared with a committed list.
//!
//! Unlike times, they do not depend on what else the machine does.
//!
//! Gungraun was considered. It cannot compare with counts in a committed text file (its baselines
//! are profiles in `target`), it counts the C library, which differs between processors, it needs a
//! second run for allocations, and a runner of the same version must be installed. What it would
//! replace is `callgrind.rs`.

mod callgrind;
mod list;

use std::{fs, path::Path, process::Command};

use self::list::List;
use crate::{
    command::{Failed, cargo, output},
    target::target,
};

/// The committed counts, and the command that writes them.
const FILE: &str = "benches/micro/counts.txt";
const BLESS: &str = "cargo xtask counts --bless";

/// What to do with new counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Compare,
    Bless,
}

/// Counts, and compares with the committed counts or writes them.
pub(crate) fn run(then: Then) -> Result<(), Failed> {
    let valgrind = callgrind::version()?;
    cargo(&["build", "--release", "--locked", "--package", "restate-micro", "--bins"])?;
    // Profiles name the program by its canonical path.
    let program = target().join("release/measured").canonicalize();
    let program = program.map_err(Failed::files("the measured program"))?;
    let profiles = target().join("counts");
    fs::create_dir_all(&profiles).map_err(Failed::files("the directory of profiles"))?;
    let mut list = List::new(tools(&valgrind)?);
    for case in output(&mut Command::new(&program))?.lines() {
        let profile = profiles.join(case.replace('/', "-"));
        list.add(case, callgrind::count(&program, case, &profile)?);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FILE);
    if then == Then::Bless {
        return fs::write(file, list.to_string()).map_err(Failed::files(FILE));
    }
    let text = fs::read_to_string(file).map_err(Failed::files(FILE))?;
    let expected: List = text.parse().map_err(|line| Failed::Counts(unreadable(line)))?;
    let comparison = list::compare(&expected, &list);
    print!("{}", comparison.table);
    match comparison.complaints {
        None => Ok(()),
        Some(complaints) => Err(Failed::Counts(complaints)),
    }
}

fn unreadable(line: usize) -> String {
    format!("{FILE}:{line} is not a case with two counts; run `{BLESS}` to write the file again")
}

/// The versions of all tools that the counts depend on.
fn tools(valgrind: &str) -> Result<String, Failed> {
    let rustc = output(Command::new("rustc").arg("--version"))?;
    let cc = output(Command::new("cc").arg("-dumpfullversion"))?;
    let rustc = rustc.split_whitespace().nth(1).unwrap_or_default();
    Ok(format!("rustc {rustc}, cc {}, {valgrind}", cc.trim()))
}
