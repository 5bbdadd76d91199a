//! The command line tool against a running engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{net::SocketAddr, path::Path};

use restate_embedded::Tokens;
use serde_json::{Value, json};
use support::{World, call, counter};

struct Outcome {
    success: bool,
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
