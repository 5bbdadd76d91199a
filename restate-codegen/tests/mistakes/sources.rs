//! Files that cannot be read, or found, or written.

use std::fs;

use crate::mistakes;

#[test]
fn a_syntax_error_has_a_location() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nmessage {}\n"),
        "api.proto:2:9: expected an identifier, but found '{'"
    );
}

#[test]
fn an_edition_is_not_reported_as_a_syntax_error() {
    assert_eq!(
        mistakes("// A.\nedition = \"2023\";\nmessage A {}\n"),
        "api.proto:2:1: sources of protobuf editions are compiled by buf or protoc; run `buf build \
         -o contract.binpb` or `protoc --include_imports --include_source_info -o contract.binpb \
         api.proto`, and give the result to `compile_descriptor_set`; or run the plugin \
         `protoc-gen-restate`"
    );
}

#[test]
fn an_import_outside_of_the_include_path() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nimport \"./money.proto\";\n"),
        "api.proto:2:8: invalid import; imports may not contain backslashes, repeated forward \
         slashes, '.' or '..' components"
    );
}

#[test]
fn an_unknown_type_has_a_location() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nmessage A {\n  B b = 1;\n}\n"),
        "api.proto:3:3: name 'B' is not defined"
    );
}

#[test]
fn a_missing_import_has_a_location() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nimport \"other.proto\";\n"),
        "api.proto:2:1: import 'other.proto' not found"
    );
}

#[test]
fn a_file_that_does_not_exist() {
    let directory = tempfile::tempdir().unwrap();
    let includes = [directory.path().display().to_string()];
    let compile = |proto: &str| {
        let mut config = restate_codegen::Config::new();
        config.out_dir(directory.path()).compile_protos(&[proto], &includes).unwrap_err()
    };
    assert_eq!(
        compile("none.proto").to_string(),
        format!(
            "no file `none.proto` in {} or in the include paths (`{}`)",
            env!("CARGO_MANIFEST_DIR"),
            includes[0]
        )
    );
    let elsewhere = "proto/restate/options.proto";
    assert_eq!(
        compile(elsewhere).to_string(),
        format!(
            "`{elsewhere}` is not in any include path (`{}`); add the directory that its imports \
             are relative to",
            includes[0]
        )
    );
}

#[test]
fn mistakes_of_several_files_are_reported_together() {
    let directory = tempfile::tempdir().unwrap();
    let paths = ["a.proto", "b.proto"].map(|name| directory.path().join(name));
    for path in &paths {
        fs::write(path, "oops").unwrap();
    }
    let error = restate_codegen::Config::new()
        .out_dir(directory.path())
        .compile_protos(&paths, &[directory.path()])
        .unwrap_err();
    assert_eq!(error.mistakes().len(), 2, "{error}");
}

#[test]
fn no_directory_to_write_to() {
    let error = restate_codegen::compile_protos(&["api.proto"], &["."]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OUT_DIR is not set; call this from build.rs, or choose a directory with `Config::out_dir`"
    );
}
