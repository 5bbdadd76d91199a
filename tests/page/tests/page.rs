//! Uses the page as an operator does, in a headless Chromium.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::time::{SystemTime, UNIX_EPOCH};

use restate_embedded::{Tokens, internals::complete_many};
use restate_page_tests::{browser::browse, engine, fill};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_shows_what_there_is_and_runs_no_script_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    fill(&engine.client()).await;
    let seen = browse("views", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    let views = seen["views"].as_array().unwrap();
    assert!(views.len() >= 9, "{seen:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_carried_out_after_a_question() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    fill(&engine.client()).await;
    let seen = browse("actions", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    let all = [
        "pause",
        "resume",
        "kill",
        "restart-as-new",
        "restart from an entry",
        "purge",
        "cancel",
        "replace",
        "clear",
        "add",
        "clear-all",
        "many",
    ];
    assert_eq!(done(&seen), all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_are_invoked_by_a_form() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    let seen = browse("playground", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    assert_eq!(done(&seen), ["call", "refused", "failed", "delayed", "keyboard"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_are_found_and_changed() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    fill(&engine.client()).await;
    let seen = browse("schedules", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    assert_eq!(done(&seen), ["Pause", "Resume", "Trigger", "Delete"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_is_shown_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    fill(&engine.client()).await;
    let seen = browse("live", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    assert_eq!(done(&seen), ["list", "invocation", "back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_of_limits_are_changed() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    let seen = browse("limits", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    assert_eq!(done(&seen), ["add", "edit", "disable", "remove", "conflict"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_others_and_texts_of_others_do_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    fill(&engine.client()).await;
    let seen = browse("attacks", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    // They have reached the engine.
    assert!(seen["refused"].as_u64().unwrap() > 5, "{seen:#}");
    assert!(seen["answers"].as_u64().unwrap() > 5, "{seen:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_asks_for_a_token() {
    let directory = tempfile::tempdir().unwrap();
    let tokens = directory.path().join("tokens");
    std::fs::write(&tokens, "ann read reader-0123456789\nbob change writer-0123456789\n").unwrap();
    let engine = engine().data_dir(directory.path().join("data"));
    let engine = engine.admin_tokens(Tokens::file(&tokens)).start().await.unwrap();
    fill(&engine.client()).await;
    let seen = browse("token", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    assert_eq!(done(&seen), ["refused", "read", "changed"]);
}

/// How many invocations there are in `a_million_invocations_are_searched_and_paged`.
const MANY: u32 = 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_invocations_are_searched_and_paged() {
    let directory = tempfile::tempdir().unwrap();
    engine().data_dir(directory.path()).start().await.unwrap().shutdown().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the ids have the time at which they are made")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let database = directory.path().join("restate.sqlite");
    complete_many(&database, "Shop", "order", MANY, now.try_into().unwrap()).unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    let seen = browse("million", engine.admin_addr().unwrap(), None).await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()), "{seen:#}");
    println!("{seen:#}");
    // Some times what an idle machine takes, as this one may be busy.
    assert!(seen["first"].as_f64().unwrap() < 3_000.0, "{seen:#}");
    assert!(seen["heapGrowth"].as_f64().unwrap() < 20.0e6, "{seen:#}");
}

fn done(seen: &Value) -> Vec<&str> {
    seen["done"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}
