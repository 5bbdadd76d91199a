//! Prometheus' own checker of metrics and queries.

use std::{
    env,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::target;

/// The environment variable that names the program to use instead of the installed one.
pub const PATH_VARIABLE: &str = "PROMTOOL";

/// Checks metrics in the text format of Prometheus. Returns what the program finds, which is nothing if all
/// is right.
///
/// # Panics
///
/// If the program is missing; the message says what to do.
pub fn check_metrics(text: &str) -> String {
    run(&["check", "metrics"], text)
}

/// Checks queries in the language of Prometheus.
///
/// # Panics
///
/// If the program is missing, or there is no temporary directory.
pub fn check_queries(queries: &[String]) -> String {
    let rules = queries.iter().enumerate();
    let rules = rules.map(|(number, query)| {
        serde_json::json!({ "record": format!("query:number:{number}"), "expr": query })
    });
    let rules = serde_json::json!({ "name": "queries", "rules": rules.collect::<Vec<_>>() });
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let file = directory.path().join("rules.yaml");
    // YAML contains JSON.
    let text = serde_json::json!({ "groups": [rules] }).to_string();
    std::fs::write(&file, text).expect("a file can be written there");
    let checked = run(&["check", "rules", &file.to_string_lossy()], "");
    if checked.contains(&format!("SUCCESS: {} rules found", queries.len())) {
        return String::new();
    }
    checked
}

fn run(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(program());
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap_or_else(|error| {
        panic!(
            "promtool does not start: {error}; install it with `cargo xtask promtool` (needs apt), or set \
             {PATH_VARIABLE} to its path"
        )
    });
    let mut stdin = process.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("it reads its input");
    drop(stdin);
    let output = process.wait_with_output().expect("it ends");
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).trim().to_owned();
    assert!(output.status.success() || !printed.is_empty(), "it fails and does not say why");
    printed
}

fn program() -> PathBuf {
    let installed = || target().join("promtool/usr/bin/promtool");
    env::var_os(PATH_VARIABLE).map_or_else(installed, PathBuf::from)
}
