//! `restate services`.

use crate::setup::{Platform, has, remote};

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
