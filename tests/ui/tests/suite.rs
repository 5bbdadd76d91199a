//! Programs that must not compile, with what the compiler says of them.
//!
//! `TRYBUILD=overwrite cargo test -p restate-ui` writes the messages anew; read each as a user
//! would before it is committed.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("fail/*/*.rs");
}

#[test]
fn a_program_names_its_rule_and_at_most_eight_mistakes() {
    for path in programs() {
        let program = fs::read_to_string(&path).unwrap();
        let mistakes = program.lines().filter(|line| is_title(line)).count();
        assert!(program.starts_with("//! "), "{} names no rule", path.display());
        assert!((1..=8).contains(&mistakes), "{} has {mistakes} mistakes", path.display());
    }
}

#[test]
fn a_mistake_fits_in_twelve_lines() {
    for path in programs() {
        let program = fs::read_to_string(&path).unwrap();
        for mistake in program.split("\n\n").filter(|part| part.lines().any(is_title)) {
            let lines = mistake.lines().skip_while(|line| !is_title(line)).count();
            assert!(lines <= 12, "{} has {lines} lines for\n{mistake}", path.display());
        }
    }
}

fn programs() -> impl Iterator<Item = PathBuf> {
    let files = entries("fail".as_ref()).into_iter().flat_map(|chapter| entries(&chapter));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("every entry of the suite is a directory");
    entries.map(|entry| entry.expect("it can be listed").path()).collect()
}

fn is_title(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("// ") && !line.starts_with("// Instead: ")
}
