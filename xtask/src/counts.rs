//! Instructions and allocations of the cases of `restate-micro`, compared with a committed list.
//!
//! Unlike times they are the same on a machine that does other things, too.

mod callgrind;
mod list;

use std::{fs, path::Path, process::Command};

use self::list::List;
use crate::{
    command::{Failed, cargo, output},
    target::target,
};

/// The committed list, and how it is written anew.
const FILE: &str = "benches/micro/counts.txt";
const BLESS: &str = "cargo xtask counts --bless";

/// What becomes of the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Compare,
    Bless,
}

/// Counts, and compares with the list or writes it.
pub(crate) fn run(then: Then) -> Result<(), Failed> {
    let valgrind = callgrind::version()?;
    cargo(&["build", "--release", "--locked", "--package", "restate-micro", "--bins"])?;
    // Without links, as profiles name it.
    let program = target().join("release/measured").canonicalize();
    let program = program.map_err(Failed::files("the program that is measured"))?;
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
    format!("{FILE}:{line} is no case with its counts; write the list anew with `{BLESS}`")
}

/// What the counts depend on beside the source.
fn tools(valgrind: &str) -> Result<String, Failed> {
    let rustc = output(Command::new("rustc").arg("--version"))?;
    let cc = output(Command::new("cc").arg("-dumpfullversion"))?;
    let rustc = rustc.split_whitespace().nth(1).unwrap_or_default();
    Ok(format!("rustc {rustc}, cc {}, {valgrind}", cc.trim()))
}
