//! `restate-embedded record`: from an engine that runs, from one that is stopped, and from a copy.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

#[allow(missing_docs, missing_debug_implementations, unreachable_pub, reason = "it is generated")]
pub mod secrets {
    include!("../../restate-codegen/tests/golden/secrets.v1.rs");
}

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use restate_core::{HandlerResult, ObjectContext, Settings};
use restate_embedded::{
    Engine, Tokens,
    testing::{Recording, replay_recordings},
};
use secrets::{Accounts, AccountsClient, AccountsServer, OpenRequest, OpenResponse};
use serde_json::{Value, json};
use support::{World, counter};

const READ: &str = "a-token-that-may-read";
const CHANGE: &str = "a-token-that-may-change";

/// Runs the command line; its output as JSON, or its error and exit code.
async fn run(arguments: &[&str]) -> Result<Value, (i32, String)> {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    command.args(arguments).arg("--json").env("RESTATE_ADMIN_TOKEN", CHANGE);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => {
            let error: Value = serde_json::from_slice(&output.stderr).unwrap();
            Err((output.status.code().unwrap(), error["error"].as_str().unwrap().to_owned()))
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Adds, and never asks for the same thing twice.
#[restate_core::object]
trait Till {
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
}

struct Careful;

impl Till for Careful {
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64> {
        let total = ctx.get::<i64>("total").await?.unwrap_or(0);
        let amount = ctx.run(|| async { Ok(amount) }).name("check").await?;
        ctx.set("total", total + amount);
        Ok(total + amount)
    }
}

/// Has another name for its run step.
struct Renamed;

impl Till for Renamed {
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64> {
        let total = ctx.get::<i64>("total").await?.unwrap_or(0);
        let amount = ctx.run(|| async { Ok(amount) }).name("verify").await?;
        ctx.set("total", total + amount);
        Ok(total + amount)
    }
}

async fn start(data: &Path) -> Engine {
    let kept = Settings::new().journal_retention(std::time::Duration::from_secs(3600));
    let builder = World::default().engine().data_dir(data);
    let builder = builder.bind_with(TillServer::new(Careful), kept);
    let builder = builder.bind_with(AccountsServer::new(Bank), kept);
    let tokens = Tokens::text(format!("a read {READ}; b change {CHANGE}"));
    builder.admin("127.0.0.1:0").admin_tokens(tokens).start().await.unwrap()
}

fn url(engine: &Engine) -> String {
    format!("http://{}", engine.admin_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_of_an_engine_that_runs_is_stopped_or_was_copied_are_saved_and_replayed() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let engine = start(&data).await;
    for key in ["a", "b", "c"] {
        // Without an idempotency key, nothing is kept of an invocation that has ended.
        TillClient::new(engine.client(), "k").add(2).idempotency_key(key).await.unwrap();
    }
    let (admin, running) = (url(&engine), directory.path().join("running"));
    let record = ["record", text(&running), "service=Till", "--admin", &admin];
    let dry = run(&[&record[..], &["--dry-run"]].concat()).await.unwrap();
    assert_eq!((dry["recorded"].as_array().unwrap().len(), running.exists()), (1, false), "{dry}");
    let saved = run(&record).await.unwrap();
    assert_eq!(saved["invocations"], 3, "{saved}");
    let recorded = saved["recorded"].as_array().unwrap();
    assert_eq!(recorded.len(), 1, "all three have the same operations: {saved}");
    assert_eq!((&recorded[0]["entries"], &recorded[0]["cut"]), (&json!(6), &Value::Null));
    assert_eq!(files(&running), [PathBuf::from(recorded[0]["file"].as_str().unwrap())]);
    let again = run(&record).await.unwrap();
    assert_eq!(again["recorded"], json!([]), "what is there already is not saved again");
    replay_recordings(&running, &[&TillServer::new(Careful)]).await;
    let recording = Recording::load(&files(&running)[0]).unwrap();
    let divergence = recording.replay(&TillServer::new(Renamed)).await.unwrap_err();
    assert_eq!(
        divergence.likely_cause(),
        "the run step `check` was renamed or replaced: it is the run step `verify` now"
    );
    let all = directory.path().join("all");
    let all = ["record", text(&all), "service=Till", "--all", "--admin", &admin];
    assert_eq!(run(&all).await.unwrap()["recorded"].as_array().unwrap().len(), 3);

    let backup = directory.path().join("backup.sqlite");
    run(&["backup", text(&backup), "--data", text(&data)]).await.unwrap();
    engine.shutdown().await.unwrap();
    let copied = directory.path().join("copied");
    fs::create_dir(&copied).unwrap();
    fs::rename(&backup, copied.join("restate.sqlite")).unwrap();
    for from in [&data, &copied] {
        let stopped = directory.path().join("stopped");
        run(&["record", text(&stopped), "service=Till", "--data", text(from)]).await.unwrap();
        let files = files(&stopped);
        assert_eq!(files.len(), 1);
        replay_recordings(&stopped, &[&TillServer::new(Careful)]).await;
        fs::remove_dir_all(&stopped).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_needs_an_engine_and_journals() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(&directory.path().join("data")).await;
    let (admin, out) = (url(&engine), directory.path().join("out"));
    let (code, error) = run(&["record", text(&out), "--admin", &admin]).await.unwrap_err();
    assert_eq!(code, 5, "{error}");
    assert!(error.contains("no journal was found of 0 invocations"), "{error}");
    let _: i64 = counter(&engine.client(), "k", "add", 2_i64).await.unwrap();
    let record = ["record", text(&out), "service=Counter", "--admin", &admin];
    let (_, error) = run(&record).await.unwrap_err();
    assert!(error.contains("as long as `journal_retention` of the contract says"), "{error}");
    let (code, error) =
        run(&["record", text(&out), "color=red", "--admin", &admin]).await.unwrap_err();
    assert_eq!(code, 6, "{error}");
    engine.shutdown().await.unwrap();
}

struct Bank;

impl Accounts for Bank {
    async fn open(
        &self,
        ctx: ObjectContext<'_>,
        request: OpenRequest,
    ) -> HandlerResult<OpenResponse> {
        ctx.set("request", request.clone());
        let token: String = ctx.run(|| async { Ok("secret-token".to_owned()) }).await?;
        ctx.run(|| async { Ok(()) }).name("tell").await?;
        Ok(OpenResponse { token, request: Some(request) })
    }
}

/// Has a step that the recorded code has not.
struct Stricter;

impl Accounts for Stricter {
    async fn open(
        &self,
        ctx: ObjectContext<'_>,
        request: OpenRequest,
    ) -> HandlerResult<OpenResponse> {
        ctx.set("request", request.clone());
        let token: String = ctx.run(|| async { Ok("secret-token".to_owned()) }).await?;
        ctx.run(|| async { Ok(()) }).name("check").await?;
        Ok(OpenResponse { token, request: Some(request) })
    }
}

/// Whether this is in the file of a recording, as text or in the bytes of an entry.
fn holds(file: &Path, secret: &str) -> bool {
    let text = fs::read_to_string(file).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let frames = document["entries"].as_array().unwrap().iter().map(|it| &it["frame"]);
    let in_frames = frames
        .map(|frame| STANDARD.decode(frame.as_str().unwrap()).unwrap())
        .any(|it| it.windows(secret.len()).any(|window| window == secret.as_bytes()));
    text.contains(secret) || in_frames
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_people_must_not_see_are_not_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let engine = start(&data).await;
    let request = OpenRequest {
        account: "a-1".to_owned(),
        password: "secret-password".to_owned(),
        codes: vec!["secret-code".to_owned()],
        pin: Some(1234),
        ..OpenRequest::default()
    };
    AccountsClient::new(engine.client()).open(request).idempotency_key("a").await.unwrap();
    let admin = url(&engine);
    let record = async |out: &Path, more: &[&str]| {
        let options = ["record", text(out), "service=secrets.v1.Accounts", "--admin", &admin];
        run(&[&options[..], more].concat()).await
    };

    let redacted = directory.path().join("redacted");
    let saved = record(&redacted, &[]).await.unwrap();
    assert_eq!(saved["recorded"][0]["entries"], 3, "the input, the state, the first run: {saved}");
    let cut = saved["recorded"][0]["cut"].as_str().unwrap();
    assert!(cut.starts_with("entry 3, RunCompletion, has a value whose type is unknown"), "{cut}");
    assert!(!holds(&files(&redacted)[0], "secret-"));
    replay_recordings(&redacted, &[&AccountsServer::new(Bank)]).await;

    let untyped = directory.path().join("untyped");
    record(&untyped, &["--reveal", "untyped"]).await.unwrap();
    let file = &files(&untyped)[0];
    assert!(!holds(file, "secret-code") && holds(file, "secret-token"));
    replay_recordings(&untyped, &[&AccountsServer::new(Bank)]).await;
    let recording = Recording::load(file).unwrap();
    let divergence = recording.replay(&AccountsServer::new(Stricter)).await.unwrap_err();
    assert!(!divergence.to_string().contains("secret-"), "{divergence}");
    assert!(divergence.likely_cause().contains("`tell` was renamed"), "{divergence}");

    let all = directory.path().join("all");
    record(&all, &["--reveal", "all"]).await.unwrap();
    let file = &files(&all)[0];
    assert!(holds(file, "secret-password") && holds(file, "secret-token"));
    replay_recordings(&all, &[&AccountsServer::new(Bank)]).await;
    let cleaned = Recording::load(file).unwrap().redacted(&[&AccountsServer::new(Bank)]);
    assert_eq!(cleaned, Recording::load(&files(&redacted)[0]).unwrap());

    let token = directory.path().join("token");
    fs::write(&token, READ).unwrap();
    let as_reader = ["--token-file", text(&token)];
    let refused = record(&all, &[&as_reader[..], &["--reveal", "all"]].concat()).await;
    let (code, error) = refused.unwrap_err();
    assert_eq!(code, 4, "{error}");
    assert!(record(&all, &as_reader).await.is_ok(), "reading is enough for what is redacted");
    engine.shutdown().await.unwrap();

    let stopped = directory.path().join("stopped");
    let record = ["record", text(&stopped), "service=secrets.v1.Accounts", "--data", text(&data)];
    let (code, error) = run(&record).await.unwrap_err();
    assert_eq!(code, 4, "{error}");
    assert!(error.contains("record from an engine that has the service"), "{error}");
    run(&[&record[..], &["--reveal", "all"]].concat()).await.unwrap();
    replay_recordings(&stopped, &[&AccountsServer::new(Bank)]).await;
}
