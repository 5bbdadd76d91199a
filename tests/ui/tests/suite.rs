//! Programs that must not compile, with what the compiler says of them, and programs that must.
//!
//! `TRYBUILD=overwrite cargo test -p restate-ui` writes the messages anew; read each as a user
//! would before it is committed.

use std::fs;

#[test]
fn mistakes_do_not_compile_and_legal_programs_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*.rs");
    cases.pass("pass/*.rs");
}

#[test]
fn a_mistake_fits_in_twelve_lines() {
    for entry in fs::read_dir("fail").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 12, "{} has {lines} lines", path.display());
        }
    }
}
