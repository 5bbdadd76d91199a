//! Runs the program `restate-embedded`.

use std::process::{Child, Command, Stdio};

use restate_tests::command_line::program;
use serde_json::Value;

/// Starts it with these arguments.
pub fn spawn(arguments: &[&str]) -> Child {
    Command::new(program())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs it with these arguments: its output as JSON, or its exit code and error.
pub async fn run(arguments: &[&str]) -> Result<Value, (i32, String)> {
    let arguments: Vec<_> = arguments.iter().map(|it| (*it).to_owned()).collect();
    let run = move || Command::new(program()).args(arguments).arg("--json").output().unwrap();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    let error = String::from_utf8(output.stderr).unwrap();
    let text = serde_json::from_str::<Value>(&error).map(|error| error["error"].to_string());
    Err((output.status.code().unwrap_or(-1), text.unwrap_or(error)))
}
