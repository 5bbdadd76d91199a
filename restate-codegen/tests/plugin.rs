//! The plugin's answers to `protoc` and `buf`.

mod plugin_request;

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use prost::Message;
use prost_types::compiler::CodeGeneratorResponse;

/// A request for `counter.proto`.
fn request(parameter: &str) -> Vec<u8> {
    request_for("counter.proto", parameter)
}

/// A request for a contract, with the descriptor set that the compiler writes.
fn request_for(contract: &str, parameter: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let set = directory.path().join("set");
    restate_codegen::Config::new()
        .out_dir(directory.path())
        .descriptor_set(&set)
        .compile_protos(&[format!("{golden}/{contract}")], &[golden])
        .expect("the contract is in order");
    let set = fs::read(set).expect("the set was just written");
    plugin_request::request(&set, contract, parameter)
}

fn answer(request: &[u8]) -> CodeGeneratorResponse {
    CodeGeneratorResponse::decode(&raw_answer(request)[..]).expect("it answers as plugins do")
}

fn raw_answer(request: &[u8]) -> Vec<u8> {
    let mut plugin = Command::new(env!("CARGO_BIN_EXE_protoc-gen-restate"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    plugin.stdin.take().expect("it is piped").write_all(request).expect("it reads");
    let output = plugin.wait_with_output().expect("it ends");
    assert!(output.status.success());
    output.stdout
}

#[test]
fn the_plugin_generates_what_build_scripts_do() {
    let response = answer(&request("include_file=contracts.rs"));
    assert_eq!(response.error, None);
    let [include, counter] = &response.file[..] else { panic!("{response:?}") };
    let names = [counter.name(), include.name()];
    assert!(names.contains(&"counter.v1.rs") && names.contains(&"contracts.rs"), "{names:?}");
    let golden = include_str!("golden/counter.v1.rs");
    assert!(response.file.iter().any(|file| file.content() == golden));
}

/// `debug_redact` is newer than the descriptors of prost, so it must not get lost on the way.
#[test]
fn the_plugin_knows_which_fields_people_must_not_see() {
    let response = answer(&request_for("secrets.proto", ""));
    assert_eq!(response.error, None);
    let golden = include_str!("golden/secrets.v1.rs");
    assert!(response.file.iter().any(|file| file.content() == golden));
}

#[test]
fn the_plugin_announces_editions() {
    let response = answer(&request(""));
    // `FEATURE_PROTO3_OPTIONAL` and `FEATURE_SUPPORTS_EDITIONS`.
    assert_eq!(response.supported_features, Some(3));
    // Fields 3 and 4, which prost-types does not have: `EDITION_PROTO2` to `EDITION_2024`.
    let bytes = raw_answer(&request(""));
    let editions = [0x10, 3, 0x18, 0xe6, 0x07, 0x20, 0xe9, 0x07];
    assert_eq!(bytes[..8], editions);
}

#[test]
fn an_unknown_parameter_is_an_error() {
    let error = answer(&request("skip_streaming,colour=red")).error.expect("an error");
    assert!(error.starts_with("unknown parameter `colour=red`; the parameters are"), "{error}");
}

#[test]
fn input_that_is_not_a_request_is_an_error() {
    assert!(
        answer(b"\x07")
            .error
            .expect("an error")
            .starts_with("standard input is not a plugin request")
    );
}
