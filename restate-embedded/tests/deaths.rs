//! Handlers that kill the process, in processes of their own: other instances of this program.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unused_crate_dependencies,
    reason = "a test that cannot go on must fail"
)]

mod support;

use std::{
    env,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, ExitCode, Output},
};

use restate_core::{HandlerResult, ObjectContext};
use restate_embedded::{Client, Engine, InvocationId, shutdown_signal};
use serde_json::Value;
use support::actor::{Act, act, actor};

const ABORTED: i32 = 6;

/// What a process runs until.
const DEATH: &str = "death";
const SERVED: &str = "served";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "--serve", directory, how, until] => serve(Path::new(directory), how, until == DEATH),
        // `cargo test` asks so for the names of tests.
        [_, "--list", ..] => println!("deaths: test"),
        _ => {
            for how in ["abort", "overflow"] {
                a_handler_that_kills_the_process_is_paused(how);
            }
            it_can_be_killed_without_an_engine();
            one_that_runs_at_a_second_signal_is_innocent();
            println!("test result: ok. handlers that kill the process are paused");
        }
    }
    ExitCode::SUCCESS
}

/// Runs an engine until it has served a call, or until the poison kills the process.
fn serve(directory: &Path, how: &str, until_death: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Receives signals from now on; nobody waits for them.
        drop(shutdown_signal());
        let engine = Engine::builder().bind(actor(handler)).data_dir(directory);
        let engine = engine.start().await.unwrap();
        let client = engine.client();
        let poison = start(&client, "poison", how).await;
        if until_death {
            let outcome = client.invocation(&poison).attach::<String>().await;
            panic!("the poison has come to an end: {outcome:?}");
        }
        // Others are served: the engine runs, and does what it is asked.
        assert_eq!(act(&client, "other", "echo").await.unwrap(), "echo");
        engine.shutdown().await.unwrap();
    });
}

/// Starts the same invocation in each process.
async fn start(client: &Client, key: &str, how: &str) -> InvocationId {
    let call = act(client, key, how).idempotency_key("once");
    call.one_way().await.unwrap().invocation_id().clone()
}

fn handler(ctx: ObjectContext<'_>, text: String) -> Act<'_> {
    Box::pin(async move {
        match text.as_str() {
            // A run step, which starts once the invocation is on the disk. One that is lost with the
            // process breaks no restart.
            "abort" | "overflow" | "signals" => {
                let how = text.clone();
                Ok(ctx.run(async move || die(&how).await).await?)
            }
            "step" => {
                let done: String = ctx.run(async || Ok("step".to_owned())).await?;
                Ok(done)
            }
            _ => Ok(text),
        }
    })
}

async fn die(how: &str) -> HandlerResult<String> {
    match how {
        "abort" => std::process::abort(),
        "overflow" => Ok(overflow(1).to_string()),
        _ => {
            let twice = "kill -INT $PPID; kill -TERM $PPID";
            Command::new("sh").args(["-c", twice]).status().unwrap();
            std::future::pending().await
        }
    }
}

/// Uses more stack than a thread has.
#[expect(unconditional_recursion, reason = "it is meant to")]
fn overflow(depth: u64) -> u64 {
    let frame = [depth; 4096];
    std::hint::black_box(&frame);
    overflow(depth + 1) + frame[0]
}

fn process(directory: &Path, how: &str, until: &str) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("--serve").arg(directory).arg(how).arg(until).output().unwrap()
}

fn serves(directory: &Path, how: &str) {
    let output = process(directory, how, SERVED);
    assert!(output.status.success(), "{how}: {}", String::from_utf8_lossy(&output.stderr));
}

fn dies(directory: &Path, how: &str) {
    let output = process(directory, how, DEATH);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.signal(), Some(ABORTED), "{how}: {error}");
}

fn tool(directory: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    let output =
        command.args(arguments).arg("--data").arg(directory).arg("--json").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn a_handler_that_kills_the_process_is_paused(how: &str) {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        dies(directory.path(), how);
    }
    serves(directory.path(), how);
    let paused = tool(directory.path(), &["ls", "status=paused"]);
    assert_eq!(paused.as_array().unwrap().len(), 1, "{paused}");
    assert_eq!(paused[0]["target"], "Actor/poison/act");
    let error = paused[0]["error"].as_str().unwrap();
    assert!(error.contains("the process died while its last 3 attempts ran"), "{error}");
    // It stays paused.
    serves(directory.path(), how);
}

fn it_can_be_killed_without_an_engine() {
    let directory = tempfile::tempdir().unwrap();
    dies(directory.path(), "abort");
    let all = tool(directory.path(), &["ls", "key=poison"]);
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(tool(directory.path(), &["pause", id])["done"], true);
    assert_eq!(tool(directory.path(), &["describe", id])["status"], "paused");
    serves(directory.path(), "abort");
    assert_eq!(tool(directory.path(), &["kill", id])["done"], true);
    serves(directory.path(), "abort");
    assert_eq!(tool(directory.path(), &["ls", "status=paused"]), serde_json::json!([]));
}

/// People who press Ctrl-C twice are no fault of the handlers that run.
fn one_that_runs_at_a_second_signal_is_innocent() {
    let directory = tempfile::tempdir().unwrap();
    // The fourth would be served if the invocation was paused, as it would not run.
    for until in [DEATH, DEATH, DEATH, SERVED] {
        let output = process(directory.path(), "signals", until);
        assert!(matches!(output.status.code(), Some(130 | 143)), "{output:?}");
    }
    assert_eq!(tool(directory.path(), &["ls", "status=paused"]), serde_json::json!([]));
}
