//! Google's protobuf conformance suite.

mod install;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use self::install::Suite;
use crate::{
    command::{Failed, run},
    target::target,
};

/// The contracts of the suite, and of the questions and answers of its runner.
const CONTRACTS: [&str; 6] = [
    "conformance/conformance.proto",
    "conformance/messages/test_messages_proto2.proto",
    "conformance/messages/test_messages_proto3.proto",
    "conformance/messages/test_messages_proto2_editions.proto",
    "conformance/messages/test_messages_proto3_editions.proto",
    "conformance/messages/test_messages_edition2023.proto",
];

/// The tests that are known to fail, with their causes. Any other failure is one of this task, and so
/// is a test that succeeds though it is listed.
const FAILURES: &str = "failures.txt";
const FAILURES_OF_EDITIONS: &str = "failures-editions.txt";

/// Runs the suite: first the tests of proto2 and proto3, then also those of editions.
pub(crate) fn test() -> Result<(), Failed> {
    let suite = install::suite()?;
    let program = build(&suite)?;
    let failures = package().join(FAILURES);
    run_suite(&suite, &program, &failures, &[])?;
    let failures = with_editions(&failures)?;
    run_suite(&suite, &program, &failures, &["--maximum_edition", "2023"])
}

/// Builds the program under test, and returns its path.
fn build(suite: &Suite) -> Result<PathBuf, Failed> {
    let (contracts, descriptors) = (possible(suite)?, directory().join("descriptors.binpb"));
    run(suite
        .protoc(&contracts)
        .arg("--include_imports")
        .arg("--include_source_info")
        .arg(format!("--descriptor_set_out={}", descriptors.display()))
        .args(CONTRACTS))?;
    // The versions of the toolkit; cargo removes what the program does not depend on.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, package().join("Cargo.lock")).map_err(Failed::files("Cargo.lock"))?;
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--manifest-path"])
        .arg(package().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target())
        .env("PROTOBUF_CONFORMANCE_DESCRIPTORS", descriptors))?;
    Ok(target().join("debug/protobuf-conformance"))
}

/// A message of which no value exists, because it requires itself. The generator refuses it, and no test
/// uses it.
const IMPOSSIBLE: &str = "\nmessage TestAllRequiredTypesProto2 {";

/// Copies the contracts without the impossible message, and returns their directory.
fn possible(suite: &Suite) -> Result<PathBuf, Failed> {
    let files = || Failed::files("the contracts of the suite");
    let directory = directory().join("contracts");
    for name in CONTRACTS {
        let mut text = fs::read_to_string(suite.contracts().join(name)).map_err(files())?;
        if let Some(start) = text.find(IMPOSSIBLE) {
            let length = text[start..].find("\n}\n").map_or(0, |end| end + 2);
            text.replace_range(start..start + length, "");
        }
        let copy = directory.join(name);
        fs::create_dir_all(copy.parent().unwrap_or(&directory)).map_err(files())?;
        fs::write(copy, text).map_err(files())?;
    }
    Ok(directory)
}

/// The failures of all tests in one file, as the runner takes it.
fn with_editions(failures: &Path) -> Result<PathBuf, Failed> {
    let mut all = String::new();
    for file in [failures, &package().join(FAILURES_OF_EDITIONS)] {
        all += &fs::read_to_string(file).map_err(Failed::files("the list of failures"))?;
    }
    let file = directory().join("failures.txt");
    fs::write(&file, all).map_err(Failed::files("the list of failures"))?;
    Ok(file)
}

fn run_suite(
    suite: &Suite,
    program: &Path,
    failures: &Path,
    arguments: &[&str],
) -> Result<(), Failed> {
    run(suite
        .runner()
        .arg("--enforce_recommended")
        .args(arguments)
        .arg("--failure_list")
        .arg(failures)
        .arg("--output_dir")
        .arg(directory())
        .arg(program))
}

/// The package of the program under test.
fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/protobuf")
}

/// What is installed and generated for the suite.
fn directory() -> PathBuf {
    target().join("protobuf-conformance-suite")
}
