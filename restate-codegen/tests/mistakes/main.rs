//! Mistakes in contracts, their messages and locations.

mod keys;
mod names;
mod options;
mod services;
mod sources;

use std::fs;

use restate_codegen::{CodegenError, Config};

/// The mistakes in `proto`, a file called `api.proto`.
fn mistakes(proto: &str) -> String {
    let error = compile(proto).expect_err("the contract has a mistake");
    assert_eq!(format!("{error:?}"), error.to_string());
    error.to_string()
}

fn compile(proto: &str) -> Result<(), CodegenError> {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("api.proto");
    fs::write(&path, proto).expect("a temporary file can be written");
    let out = directory.path().join("out");
    let compiled = Config::new().out_dir(&out).compile_protos(&[path], &[directory.path()]);
    assert_eq!(out.exists(), compiled.is_ok(), "nothing is written for a contract with mistakes");
    compiled
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
