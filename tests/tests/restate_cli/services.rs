//! `restate services`.

use serde_json::json;

use crate::setup::{Platform, has, nothing, remote};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_listed_and_described_wherever_they_are() {
    let platform = Platform::start().await;
    let endpoint = remote().await;
    let url = format!("http://{}", endpoint.address());
    platform.prints(&["deployments", "register", &url]);

    let listed = platform.prints(&["services", "list", "--extra"]);
    has(&listed, &["cli.v1.Greeter", "cli.v1.Counter", "BlockAndWaitWorkflow", "cli.v1.Remote"]);
    has(&listed, &[&url, "in-process://localhost/", "hold"]);
    let described = platform.prints(&["services", "describe", "cli.v1.Counter"]);
    has(&described, &["VirtualObject", "in-process://localhost/", "hold", "application/json"]);
    let described = platform.prints(&["services", "describe", "cli.v1.Remote"]);
    has(&described, &["Service", &url, "greet", "application/json"]);
    has(&platform.refuses(&["services", "describe", "Nobody"]), &["no such service: `Nobody`"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_of_a_service_are_those_of_its_contract_or_of_the_engine() {
    let platform = Platform::start().await;
    let shown = platform.prints(&["services", "config", "view", "cli.v1.Greeter"]);
    has(&shown, &["Public:", "true", "1h", "1d", "10m", "Inactivity timeout:", "Pause"]);
    let shown = platform.prints(&["services", "config", "view", "BlockAndWaitWorkflow"]);
    has(&shown, &["Workflow retention time:"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_of_services_counts_their_invocations() {
    let platform = Platform::start().await;
    let holding = platform.send("/cli.v1.Counter/k/hold", &nothing()).await;
    platform.until(&holding, "running").await;
    let behind = platform.send("/cli.v1.Counter/k/add", &json!(1)).await;
    platform.until(&behind, "pending").await;
    let failing = platform.send("/cli.v1.Greeter/fail", &nothing()).await;
    platform.until(&failing, "backing-off").await;

    let all = platform.prints(&["services", "status"]);
    has(
        &all,
        &["cli.v1.Counter", "cli.v1.Greeter", &holding, &behind, &failing, "running", "pending"],
    );
    has(&all, &["LOCKED-BY", "(1 active keys)"]);
    let one = platform.prints(&["services", "status", "cli.v1.Greeter"]);
    has(&one, &[&failing, "backing-off"]);
    assert!(!one.contains(&holding), "{one}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_changed_in_the_contract_only() {
    let platform = Platform::start().await;
    let patch = ["services", "config", "patch", "cli.v1.Greeter", "--journal-retention", "2days"];
    has(&platform.refuses(&patch), &["cli.v1.Greeter", "contract"]);
    let patch = ["services", "config", "patch", "Nobody", "--public", "false"];
    has(&platform.refuses(&patch), &["no such service"]);
}
