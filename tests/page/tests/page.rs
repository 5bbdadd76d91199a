//! Uses the page as an operator does, in a headless Chromium.

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
    let done: Vec<&str> =
        seen["done"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let all = [
        "pause",
        "resume",
        "kill",
        "restart-as-new",
        "purge",
        "cancel",
        "replace",
        "clear",
        "many",
    ];
    assert_eq!(done, all);
}
