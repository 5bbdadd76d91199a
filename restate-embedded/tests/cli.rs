//! The command line tool against a running engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{net::SocketAddr, path::Path};

use restate_core::{
    Context, HandlerResult, Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::Tokens;
use serde_json::{Value, json};
use support::{World, call, counter};

struct Outcome {
    success: bool,
    code: Option<i32>,
    out: String,
    error: String,
}

async fn run(admin: SocketAddr, arguments: &[&str]) -> Outcome {
    let url = format!("http://{admin}");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    command.args(["--admin", &url]).args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    Outcome {
        success: output.status.success(),
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        error: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn json_of(admin: SocketAddr, arguments: &[&str]) -> Value {
    let outcome = run(admin, &[arguments, &["--json"]].concat()).await;
    assert!(outcome.success, "{arguments:?}: {}", outcome.error);
    serde_json::from_str(&outcome.out).unwrap()
}

#[tokio::test]
async fn every_command_works_on_a_running_engine() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let data = directory.path().join("data");
    let engine = world.engine().data_dir(&data).admin("127.0.0.1:0").start().await.unwrap();
    let (admin, client) = (engine.admin_addr().unwrap(), engine.client());
    let id = call::<_, _, String>(&client, "gated", "x".to_owned())
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    let id = id.to_string();
    world.until("waiting x").await;

    let table = run(admin, &["ls", "status=running"]).await;
    assert!(table.success && table.out.contains("Worker/gated"), "{}", table.error);
    assert_eq!(json_of(admin, &["ls", "status=paused"]).await, json!([]));
    assert_eq!(json_of(admin, &["pause", &id]).await["done"], true);
    let described = json_of(admin, &["describe", &id]).await;
    assert_eq!(
        (&described["status"], &described["journal"][0]["value"]),
        (&json!("paused"), &json!("x"))
    );
    assert_eq!(json_of(admin, &["kill", "status=paused"]).await["done"], json!([id]));
    assert_eq!(json_of(admin, &["purge", &id]).await["done"], true);

    let listed = run(admin, &["services"]).await;
    assert!(
        listed.out.contains("Counter  VirtualObject  true    add, add_slowly, get"),
        "{}",
        listed.out
    );
    assert_eq!(json_of(admin, &["services", "Counter"]).await[2]["name"], "get");
    json_of(admin, &["rules", "set", "shop/*", "--concurrency", "3"]).await;
    assert_eq!(json_of(admin, &["rules", "ls"]).await[0]["limits"], json!({ "concurrency": 3 }));
    assert_eq!(json_of(admin, &["rules", "rm", "shop/*"]).await, json!(["shop/*"]));
    assert_eq!(json_of(admin, &["rules", "ls"]).await, json!([]));

    let _: i64 = counter(&client, "a/b", "add", 2_i64).await.unwrap();
    assert_eq!(json_of(admin, &["state", "get", "Counter", "a/b"]).await, json!({ "total": 2 }));
    json_of(admin, &["state", "set", "Counter", "a/b", "total", "5"]).await;
    assert_eq!(json_of(admin, &["state", "get", "Counter", "a/b"]).await, json!({ "total": 5 }));
    json_of(admin, &["state", "clear", "Counter", "a/b", "total"]).await;
    let rows = json_of(admin, &["sql", "SELECT count(*) AS n FROM state"]).await;
    assert_eq!(rows, json!([{ "n": 0 }]));

    let _: i64 = counter(&client, "kept", "add", 7_i64).await.unwrap();
    let (data, copy) = (text(&data), directory.path().join("copy.sqlite"));
    json_of(admin, &["backup", "--data", data, text(&copy)]).await;
    let restored = directory.path().join("restored");
    std::fs::create_dir(&restored).unwrap();
    std::fs::copy(&copy, restored.join("restate.sqlite")).unwrap();
    let second = world.engine().data_dir(&restored).start().await.unwrap();
    let total: i64 = counter(&second.client(), "kept", "get", ()).await.unwrap();
    assert_eq!(total, 7);
    second.shutdown().await.unwrap();
    assert_eq!(json_of(admin, &["check", "--data", data]).await, json!({ "check": "ok" }));

    for (arguments, reason) in [
        (&["kill", "inv_1"][..], "not an invocation id"),
        (&["kill", &id], "no such invocation"),
        (&["kill", "everything"], "neither an id nor a filter"),
        (&["ls", "color=red"], "no such filter"),
        (&["sql", "DELETE FROM state"], "queries only read"),
        (&["backup", "--data", data, text(&copy)], "exists; a backup is a new file"),
        (&["check", "--data", "/nowhere"], "name the data directory"),
        (&["state", "set", "No", "k", "n", "1"], "no such service: `No`"),
        (&["state", "get", "No", "k"], "no such service: `No`"),
        (&["state", "clear", "Worker", "k", "n"], "only objects and workflows have state"),
        (&["state", "get", "Counter", "k", "--scope", "a b"], "of the form `scope="),
        (&["state", "get", "Counter"], "required arguments"),
        (&["describe", "x"], "not an invocation id"),
        (&["describe"], "required arguments"),
        (&["cancel"], "required arguments"),
        (&["cancel", &id], "no such invocation"),
        (&["watch", "color=red"], "no such filter"),
        (&["invocations", "journal", &id], "no such invocation"),
        (&["completions", "klingon"], "invalid value"),
        (&["pause", "status=blue"], "no such status"),
        (&["resume", "limit=0"], "from 1 to"),
        (&["purge", "color=red"], "no such filter"),
        (&["sql", "nonsense"], "the query failed"),
        (&["backup", "--data", data, "/nowhere/copy"], "the backup to `/nowhere/copy` failed"),
        (&["backup", "--data", "/nowhere", "copy"], "name the data directory"),
        (&["restart", &id], "no such invocation"),
        (&["services", "No"], "no such service: `No`"),
        (&["rules", "rm", "shop/*"], "there is no rule `shop/*`"),
        (&["rules", "set", "shop/*", "--concurrency", "0"], "must be 1 or more"),
        (&["hug"], "unrecognized subcommand"),
        (&["ls", "--color"], "unexpected argument"),
    ] {
        let refused = run(admin, arguments).await;
        assert!(
            !refused.success && refused.error.contains(reason),
            "{arguments:?}: {}",
            refused.error
        );
    }
    let encrypted = run(admin, &["ls", "--admin", "https://localhost:1"]).await;
    let reason = match cfg!(feature = "tls") {
        true => "no engine answers on https://localhost:1",
        false => "this tool was built without TLS; build it with the features `cli` and `tls`",
    };
    assert!(encrypted.error.contains(reason), "{}", encrypted.error);
    let nowhere = run(admin, &["ls", "--admin", "nonsense"]).await;
    assert!(nowhere.error.contains("no engine answers on nonsense"), "{}", nowhere.error);
    engine.shutdown().await.unwrap();
    let refused = run(admin, &["ls"]).await;
    assert!(refused.error.contains("no engine answers on"), "{}", refused.error);
}

#[tokio::test]
async fn the_tool_sends_a_token() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let (tokens, mine) = (directory.path().join("tokens"), directory.path().join("mine"));
    std::fs::write(&tokens, "bob change writer-0123456789").unwrap();
    std::fs::write(&mine, "writer-0123456789\n").unwrap();
    let engine = world.engine().data_dir(directory.path().join("data")).admin("127.0.0.1:0");
    let engine = engine.admin_tokens(Tokens::file(tokens)).start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    let refused = run(admin, &["ls"]).await;
    assert!(refused.error.contains("needs a token"), "{}", refused.error);
    let rows = json_of(admin, &["ls", "--token-file", text(&mine)]).await;
    assert_eq!(rows, json!([]));
    let refused = run(admin, &["ls", "--token-file", "/nowhere/token"]).await;
    assert!(refused.error.contains("no token can be read from `/nowhere/token`"));
    engine.shutdown().await.unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// By default, as on a Restate server.
#[tokio::test]
async fn a_completed_invocation_is_described_with_journal_details_and_times_and_restarted() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let (admin, client) = (engine.admin_addr().unwrap(), engine.client());

    let teapot = call::<_, _, String>(&client, "fail", "short and stout".to_owned()).one_way();
    let teapot = teapot.await.unwrap();
    teapot.attach::<String>().await.unwrap_err();
    let id = teapot.invocation_id().to_string();
    let described = json_of(admin, &["describe", &id]).await;
    assert_eq!(described["journal"][0]["value"], "short and stout");
    let failure = &described["result"]["failure"];
    assert_eq!((&failure["code"], &failure["metadata"]), (&json!(418), &json!({ "pot": "tea" })));
    let new = json_of(admin, &["restart", &id]).await["new_invocation_id"].clone();
    assert_ne!(new, json!(id));
    let kept = ["restart", &id, "--from", "0", "--deployment", "keep"];
    assert!(json_of(admin, &kept).await["new_invocation_id"].is_string());
    let behind = run(admin, &["restart", &id, "--from", "1"]).await;
    assert!(behind.error.contains("its journal has the entries 0 to 0"), "{}", behind.error);

    let sleeper = call::<_, _, u64>(&client, "sleep", 86_400_000_u64).one_way().await.unwrap();
    world.until("asleep").await;
    let later = call::<_, _, String>(&client, "echo", "later".to_owned());
    let later = later.delayed(std::time::Duration::from_secs(90_000)).await.unwrap();
    let described = json_of(admin, &["describe", later.invocation_id().as_ref()]).await;
    assert!(described["scheduled_start_at"].is_string(), "{described}");
    let table = run(admin, &["ls"]).await.out;
    let line = |id: &str| table.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(line(later.invocation_id().as_ref()).contains("scheduled  0s   1d"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 120), "{table}");
    assert!(!table.contains('\u{1b}'), "a pipe gets no colors: {table:?}");
    let wide = run(admin, &["ls", "--wide"]).await.out;
    assert!(wide.starts_with("ID ") && wide.contains("SCHEDULED_START_AT"), "{wide}");
    json_of(admin, &["kill", sleeper.invocation_id().as_ref()]).await;
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn nothing_that_a_stranger_writes_reaches_the_terminal_as_it_is() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let (admin, client) = (engine.admin_addr().unwrap(), engine.client());
    let key = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\n";
    let sent = counter::<_, _, i64>(&client, key, "add", 1_i64).one_way().await.unwrap();
    sent.attach::<i64>().await.unwrap();
    let id = sent.invocation_id().to_string();
    for arguments in [
        &["ls"][..],
        &["ls", "--wide"],
        &["ls", "--json"],
        &["describe", &id],
        &["describe", &id, "--json"],
        &["sql", "SELECT * FROM invocations"],
        &["state", "get", "Counter", key],
        &["state", "get", key, "x"],
        &["kill", key],
    ] {
        let Outcome { out, error, .. } = run(admin, arguments).await;
        let shown = format!("{out}{error}");
        let is_safe = |shown: char| shown == '\n' || !restate_core::escape::must_be_escaped(shown);
        assert!(shown.chars().all(is_safe), "{arguments:?}: {shown:?}");
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn handlers_are_called_with_requests_that_fit_their_contract() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path().join("data")).admin("127.0.0.1:0");
    let engine = engine.bind(Shop).ingress("127.0.0.1:0").start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    let ingress = format!("http://{}", engine.ingress_addr().unwrap());
    let with = |arguments: &[&str]| {
        let arguments = [arguments, &["--ingress", &ingress]].concat();
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = async |arguments: &[&str]| {
        let arguments = with(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(admin, &arguments).await
    };
    let called = run(&["call", "Worker/echo", "\"hi\""]).await;
    assert_eq!((called.out.as_str(), called.code), ("\"hi\"\n", Some(0)), "{}", called.error);
    let called = run(&["call", "Counter/a/b/add", "5", "--json"]).await;
    let called: Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!(called["result"], 5);
    assert!(called["invocation_id"].as_str().unwrap().starts_with("inv_1"), "{called}");
    assert_eq!(json_of(admin, &["state", "get", "Counter", "a/b"]).await, json!({ "total": 5 }));
    let file = directory.path().join("request.json");
    std::fs::write(&file, "\"from a file\"").unwrap();
    let from_file = format!("@{}", file.display());
    let called = run(&["call", "Worker/echo", &from_file]).await;
    assert_eq!(called.out, "\"from a file\"\n", "{}", called.error);
    assert_eq!(run(&["call", "Worker/nothing"]).await.out, "null\n");
    assert_eq!(run(&["call", "Shop/order", "\"large\""]).await.out, "\"large\"\n");

    let sent = run(&["send", "Worker/echo", "\"x\"", "--idempotency-key", "k", "--json"]).await;
    let sent: Value = serde_json::from_str(&sent.out).unwrap();
    assert_eq!(sent["status"], "Accepted");
    let again = run(&["send", "Worker/echo", "\"x\"", "--idempotency-key", "k", "--json"]).await;
    let again: Value = serde_json::from_str(&again.out).unwrap();
    let id = &sent["invocationId"];
    assert_eq!((&again["status"], &again["invocationId"]), (&json!("PreviouslyAccepted"), id));
    let later = run(&["send", "Worker/echo", "\"later\"", "--delay", "1h", "--json"]).await;
    let later: Value = serde_json::from_str(&later.out).unwrap();
    assert!(later["executionTime"].is_string(), "{later}");

    let before = world.lines().len();
    for (arguments, code, reason) in [
        (&["call", "Shop/order", "5"][..], 6, "expected a value of type string"),
        (&["send", "Shop/order", "\"huge\""], 6, "expected one of \"small\", \"large\""),
        (&["call", "Worker/echo", "5"], 6, "not a valid String"),
        (&["send", "Worker/echo", "{"], 6, "the request is not JSON"),
        (&["call", "Worker/echo"], 6, "takes a request"),
        (&["call", "Worker/nothing", "1"], 6, "takes no request"),
        (&["call", "Worker"], 6, "is not a handler"),
        (&["call", "Worker/key/echo", "\"x\""], 6, "has no keys"),
        (&["call", "Counter/add", "5"], 6, "call it as `Counter/KEY/add`"),
        (&["call", "Worker/hug", "1"], 5, "`Worker` has no handler `hug`; it has `echo`"),
        (&["call", "Nobody/home"], 5, "no such service: `Nobody`"),
        (&["call", "Worker/echo", "@/nowhere.json"], 1, "`/nowhere.json` cannot be read"),
        (&["send", "Worker/echo", "\"x\"", "--delay", "soon"], 6, "soon"),
        (&["call", "Worker/echo", "\"x\"", "--idempotency-key", "a\nb"], 6, "has one line"),
        (&["call", "Worker/fail", "\"no\""], 8, "no"),
        (&["call", "Worker/echo", "\"x\"", "--data", "data"], 6, "needs an engine that runs"),
    ] {
        let refused = run(arguments).await;
        assert_eq!(refused.code, Some(code), "{arguments:?}: {}", refused.error);
        assert!(refused.error.contains(reason), "{arguments:?}: {}", refused.error);
    }
    assert_eq!(world.lines().len(), before, "nothing that does not fit has reached a handler");
    let orders =
        json_of(admin, &["sql", "SELECT id FROM invocations WHERE service = 'Shop'"]).await;
    assert_eq!(orders, json!([]), "it is not retained, and no other was accepted");
    engine.shutdown().await.unwrap();
}

/// A handler whose contract has a schema.
struct Shop;

impl Service for Shop {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const SIZES: &str = r#"{ "type": "string", "enum": ["small", "large"] }"#;
        const ORDER: HandlerDescriptor =
            HandlerDescriptor::plain::<String, String>("order").schemas(SIZES, SIZES);
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("Shop", &[ORDER]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|_: Context<'a>, size: String| async { HandlerResult::Ok(size) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_prints_each_change_once_and_a_journal_is_a_timeline() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let (admin, client) = (engine.admin_addr().unwrap(), engine.client());
    let sent = call::<_, _, String>(&client, "gated", "x".to_owned()).one_way().await.unwrap();
    let id = sent.invocation_id().to_string();
    world.until("waiting x").await;
    let url = format!("http://{admin}");
    let mut watch = std::process::Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    watch.args(["--admin", &url, "--json", "watch", "handler=gated", "--interval", "0.01"]);
    let mut watch = watch.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let output = std::io::BufReader::new(watch.stdout.take().unwrap());
    let mut statuses = std::io::BufRead::lines(output).map(|line| {
        let row: Value = serde_json::from_str(&line.unwrap()).unwrap();
        (row["id"].as_str().unwrap().to_owned(), row["status"].as_str().unwrap().to_owned())
    });
    assert_eq!(statuses.next(), Some((id.clone(), "running".to_owned())));
    let journal = run(admin, &["invocations", "journal", &id]).await;
    let lines: Vec<&str> = journal.out.lines().collect();
    assert_eq!(lines[0], format!("{id}  Worker/gated  running"), "{}", journal.error);
    assert_eq!(lines[1], "    0  Input  \"x\"");
    assert!(lines[2].starts_with("    1  Run"), "{}", journal.out);
    assert!(lines[3].starts_with("    2    \u{2514}"), "{}", journal.out);
    world.open_gate();
    let _: String = sent.attach().await.unwrap();
    assert_eq!(statuses.next(), Some((id.clone(), "succeeded".to_owned())));
    watch.kill().unwrap();
    watch.wait().unwrap();
    let journal = json_of(admin, &["invocations", "journal", &id]).await;
    let fields: Vec<&String> = journal.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["entries", "id", "result", "status", "target"]);
    assert_eq!(journal["result"], json!({ "value": "x" }));

    // In a pipe, there is neither a color nor a movement of the cursor.
    let twice = run(admin, &["watch", "--times", "2", "--interval", "0"]).await;
    assert_eq!(twice.out.lines().count(), 1, "{}", twice.out);
    assert!(twice.out.starts_with(&id) && !twice.out.contains('\u{1b}'), "{:?}", twice.out);
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_dry_run_lists_what_would_change_and_changes_nothing() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.start().await.unwrap();
    let (admin, client) = (engine.admin_addr().unwrap(), engine.client());
    let mut ids = Vec::new();
    for text in ["x", "y"] {
        let sent = call::<_, _, String>(&client, "gated", text.to_owned()).one_way().await.unwrap();
        ids.push(sent.invocation_id().to_string());
        world.until(&format!("waiting {text}")).await;
    }
    for operation in ["cancel", "kill", "pause", "resume", "purge"] {
        let rehearsed = json_of(admin, &[operation, "service=Worker", "--dry-run"]).await;
        assert_eq!(
            (&rehearsed["dry_run"], &rehearsed["operation"]),
            (&json!(true), &json!(operation))
        );
        assert_eq!(rehearsed["invocations"].as_array().unwrap().len(), 2, "{rehearsed}");
    }
    let shown = run(admin, &["kill", &ids[0], "--dry-run"]).await;
    assert!(shown.out.contains(&ids[0]) && !shown.out.contains(&ids[1]), "{}", shown.out);
    assert!(shown.out.ends_with("kill would be tried on 1 invocations\n"), "{}", shown.out);
    let refused = run(admin, &["kill", "everything", "--dry-run"]).await;
    assert_eq!(refused.code, Some(6), "{}", refused.error);
    let running = json_of(admin, &["ls", "status=running"]).await;
    assert_eq!(running.as_array().unwrap().len(), 2, "{running}");
    json_of(admin, &["kill", "service=Worker"]).await;
    assert_eq!(json_of(admin, &["ls", "status=running"]).await, json!([]));
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn scripts_tell_failures_apart_by_their_exit_codes_and_read_them_as_json() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let data = directory.path().join("data");
    let engine = world.engine().data_dir(&data).admin("127.0.0.1:0");
    let tokens = Tokens::text("bob read reader-0123456789; eve change writer-0123456789");
    let engine = engine.admin_tokens(tokens).start().await.unwrap();
    let (admin, client) = (engine.admin_addr().unwrap(), engine.client());
    let ended = call::<_, _, String>(&client, "echo", "x".to_owned()).one_way().await.unwrap();
    let _: String = ended.attach().await.unwrap();
    let id = ended.invocation_id().to_string();
    let file = |name: &str, token: &str| {
        std::fs::write(directory.path().join(name), token).unwrap();
        directory.path().join(name).display().to_string()
    };
    let reader = file("reader", "reader-0123456789");
    let writer = file("writer", "writer-0123456789");
    let with = |token: &str, arguments: &[&str]| {
        let arguments = [&["--token-file", token][..], arguments].concat();
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (arguments, code) in [
        (with(&writer, &["ls"]), 0),
        (with("/nowhere", &["ls"]), 1),
        (with(&writer, &["hug"]), 2),
        (with(&writer, &["ls", "--admin", "http://127.0.0.1:1"]), 3),
        (vec!["ls".to_owned()], 4),
        (with(&reader, &["kill", &id]), 4),
        (with(&writer, &["services", "Nobody"]), 5),
        (with(&writer, &["rules", "rm", "shop/*"]), 5),
        (with(&writer, &["check", "--data", "/nowhere"]), 5),
        (with(&writer, &["ls", "color=red"]), 6),
        (with(&writer, &["pause", &id]), 7),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let outcome = run(admin, &arguments).await;
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {}", outcome.error);
        if ![0, 2].contains(&code) {
            let outcome = run(admin, &[&arguments[..], &["--json"]].concat()).await;
            let error: Value = serde_json::from_str(&outcome.error).unwrap();
            assert_eq!(error["exit_code"], code, "{error}");
            assert!(!error["error"].as_str().unwrap().is_empty(), "{error}");
        }
    }
    engine.shutdown().await.unwrap();
    // A page of the database that makes no sense.
    let database = data.join("restate.sqlite");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[4096..8192].fill(0xff);
    std::fs::write(&database, bytes).unwrap();
    let damaged = run(admin, &["check", "--data", text(&data)]).await;
    assert_eq!(damaged.code, Some(9), "{}", damaged.error);
}

#[tokio::test]
async fn shells_complete_every_command() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(nobody, &["completions", shell]).await;
        assert!(script.success, "{}", script.error);
        for command in ["watch", "journal", "completions", "dry-run", "idempotency-key"] {
            assert!(script.out.contains(command), "{shell}: {command}");
        }
    }
    let script = run(nobody, &["completions", "bash"]).await.out;
    let mut shell = std::process::Command::new("bash");
    let complete = format!(
        "{script}\nCOMP_WORDS=(restate-embedded inv); COMP_CWORD=1; _restate__embedded restate-embedded inv \
         restate-embedded; echo ${{COMPREPLY[@]}}"
    );
    let output = shell.arg("-c").arg(complete).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "invocations");
}

#[tokio::test]
async fn the_list_of_commands_is_complete() {
    const LIST: &str = include_str!("../../docs/cli.md");
    let help = run("127.0.0.1:1".parse().unwrap(), &["--help"]).await.out;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let is_command = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    for line in commands.lines().filter(is_command) {
        let command = line.split_whitespace().next().unwrap();
        let is_named =
            LIST.contains(&format!("`{command} ")) || LIST.contains(&format!("`{command}`"));
        assert!(is_named || command == "help", "`{command}` is missing");
    }
}

#[tokio::test]
async fn an_engine_that_drains_finishes_what_it_has_and_takes_nothing_else() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let builder = world.engine().data_dir(directory.path()).ingress("127.0.0.1:0");
    let engine = builder.admin("127.0.0.1:0").start().await.unwrap();
    let (admin, ingress) = (engine.admin_addr().unwrap(), engine.ingress_addr().unwrap());
    let client = engine.client();
    let gated = call::<_, _, String>(&client, "gated", "x".to_owned()).one_way().await.unwrap();
    world.until("waiting x").await;
    let late = run(admin, &["drain", "--timeout", "0"]).await;
    assert_eq!(late.code, Some(7), "{}", late.error);
    assert!(late.error.contains("1 invocations are still under way"), "{}", late.error);

    let refused = counter::<_, i64, i64>(&client, "k", "add", 1).await.unwrap_err().to_string();
    assert!(refused.contains("takes no more calls from outside"), "{refused}");
    for path in ["/Counter/k/add", "/Counter/k/add/send", "/Counter/k/add/send?delay=10s"] {
        let answer = support::http::post(ingress, path, "1").await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
    }
    let drained = run(admin, &["drain", "--json"]);
    let open = async {
        world.open_gate();
        gated.attach::<String>().await.unwrap()
    };
    let (drained, _) = tokio::join!(drained, open);
    let drained: Value = serde_json::from_str(&drained.out).unwrap();
    assert_eq!((&drained["draining"], &drained["under_way"]), (&json!(true), &json!(0)));
    assert_eq!(json_of(admin, &["drain", "--undo"]).await["draining"], false);
    let _: i64 = counter(&client, "k", "add", 1_i64).await.unwrap();
    engine.shutdown().await.unwrap();
}
