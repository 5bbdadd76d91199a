//! Mistakes in contracts, their messages and locations.

mod keys;
mod names;
mod options;
mod services;
mod sources;

use std::fs;

/// The mistakes in `proto`, a file called `api.proto`.
fn mistakes(proto: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("api.proto");
    fs::write(&path, proto).expect("a temporary file can be written");
    let out = directory.path().join("out");
    let error = restate_codegen::Config::new()
        .out_dir(&out)
        .compile_protos(&[path], &[directory.path()])
        .expect_err("the contract has a mistake");
    assert!(!out.exists(), "nothing is written for a contract with mistakes");
    assert_eq!(format!("{error:?}"), error.to_string());
    error.to_string()
}

/// A contract with an object `Counter` and the definitions in `body`.
fn object(body: &str) -> String {
    format!(
        "syntax = \"proto3\";\n\
         package api.v1;\n\
         import \"restate/options.proto\";\n\
         service Counter {{\n  option (restate.service) = {{ kind: OBJECT }};\n{body}\n"
    )
}
