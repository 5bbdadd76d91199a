//! `restate invocations`.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::setup::{Platform, has, json_of, nothing, remote, word};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_are_listed_with_their_statuses() {
    let platform = Platform::start().await;
    let endpoint = remote().await;
    platform.prints(&["deployments", "register", &format!("http://{}", endpoint.address())]);
    let running = platform.send("/cli.v1.Remote/wait", &nothing()).await;
    let holding = platform.send("/cli.v1.Counter/k/hold", &nothing()).await;
    let pending = platform.send("/cli.v1.Counter/k/add", &json!(1)).await;
    let failing = platform.send("/cli.v1.Greeter/fail", &nothing()).await;
    let delayed = platform.call("/cli.v1.Greeter/greet/send?delay=1h", &json!("you")).await;
    let delayed = json_of(&delayed)["invocationId"].as_str().unwrap().to_owned();
    let statuses = [
        (&running, "running"),
        (&holding, "running"),
        (&pending, "pending"),
        (&failing, "backing-off"),
        (&delayed, "scheduled"),
    ];
    for (id, status) in statuses {
        platform.until(id, status).await;
    }
    let listed = platform.prints(&["invocations", "list"]);
    for (id, status) in statuses {
        has(&listed, &[id, status]);
    }
    has(&listed, &["Showing 5/5", "cli.v1.Counter/k/hold", "the printer is on fire", "print"]);
    assert!(!listed.contains("ZOMBIE"), "{listed}");
    for (filter, found, other) in [
        (["--status", "pending"], &pending, &running),
        (["--status", "scheduled"], &delayed, &running),
        (["--service", "cli.v1.Remote"], &running, &pending),
        (["--handler", "fail"], &failing, &pending),
        (["--key", "k"], &holding, &running),
        (["--deployment", "dp_10000000000000000000000"], &failing, &running),
    ] {
        let listed = platform.prints(&["invocations", "list", filter[0], filter[1]]);
        assert!(listed.contains(&**found) && !listed.contains(&**other), "{filter:?}: {listed}");
    }
    let keyed = platform.prints(&["invocations", "list", "--virtual-objects-only"]);
    assert!(keyed.contains(&*pending) && !keyed.contains(&*failing), "{keyed}");
    has(&platform.prints(&["invocations", "list", "--zombie"]), &["Showing 0/0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_listed_when_they_are_asked_for() {
    let platform =
        Platform::start_with(|builder| builder.retention(Duration::from_secs(3600))).await;
    let done = platform.send("/cli.v1.Greeter/greet", &json!("you")).await;
    let refused = platform.send("/cli.v1.Greeter/refuse", &nothing()).await;
    platform.until(&done, "succeeded").await;
    platform.until(&refused, "failed").await;
    has(&platform.prints(&["invocations", "list"]), &["Showing 0/0"]);
    let all = platform.prints(&["invocations", "list", "--all"]);
    has(&all, &[&done, "completed with success", &refused, "completed with failure"]);
    has(&all, &["I am a teapot"]);
    let failed = platform.prints(&["invocations", "list", "--completion-result", "failure"]);
    assert!(failed.contains(&*refused) && !failed.contains(&*done), "{failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invocation_is_described_with_its_journal() {
    let platform = Platform::start().await;
    let id = platform.send("/cli.v1.Greeter/work", &nothing()).await;
    platform.until(&id, "succeeded").await;
    let described = platform.prints(&["invocations", "describe", &id]);
    has(&described, &["cli.v1.Greeter/work", "completed with success", "[Ingress]"]);
    has(&described, &["Command: Call", "Command: Run [one]", "Command: Sleep"]);
    has(&described, &["dp_10000000000000000000000"]);
    let gone = "inv_1dPAHTdm5XwG0000000000000000000000";
    has(&platform.refuses(&["invocations", "describe", gone]), &["not found"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_are_cancelled_killed_and_purged() {
    let platform = Platform::start().await;
    let first = platform.send("/cli.v1.Greeter/wait", &nothing()).await;
    platform.until(&first, "running").await;
    has(&platform.prints(&["invocations", "cancel", &first]), &["Cancelled 1 invocations"]);
    platform.until(&first, "failed").await;
    let second = platform.send("/cli.v1.Greeter/wait", &nothing()).await;
    let third = platform.send("/cli.v1.Greeter/wait", &nothing()).await;
    platform.until(&second, "running").await;
    platform.until(&third, "running").await;
    let killed = platform.prints(&["invocations", "kill", "cli.v1.Greeter"]);
    has(&killed, &["Killed 2 invocations", &second, &third]);
    platform.until(&second, "failed").await;
    platform.until(&third, "failed").await;
    has(&platform.refuses(&["invocations", "kill", &second]), &["No invocations found"]);
    has(&platform.prints(&["invocations", "purge", "cli.v1.Greeter/wait"]), &["Purged"]);
    has(&platform.prints(&["invocations", "list", "--all"]), &["Showing 0/0"]);
    has(&platform.refuses(&["invocations", "cancel", "CLI.V1.GREETER"]), &["No invocations found"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invocation_is_paused_and_resumed() {
    let platform = Platform::start().await;
    let id = platform.send("/cli.v1.Greeter/fail", &nothing()).await;
    platform.until(&id, "backing-off").await;
    has(&platform.prints(&["invocations", "pause", &id]), &["Paused 1 invocations"]);
    platform.until(&id, "paused").await;
    has(&platform.prints(&["invocations", "list", "--status", "paused"]), &[&id]);
    has(&platform.prints(&["invocations", "describe", &id]), &["paused"]);
    has(&platform.prints(&["invocations", "resume", &id]), &["Resumed 1 invocations"]);
    platform.until(&id, "backing-off").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invocation_suspends_and_is_shown_so() {
    let platform =
        Platform::start_with(|builder| builder.inactivity_timeout(Duration::from_millis(1))).await;
    let id = platform.send("/cli.v1.Greeter/wait", &nothing()).await;
    platform.until(&id, "suspended").await;
    has(&platform.prints(&["invocations", "list", "--status", "suspended"]), &[&id, "suspended"]);
    has(&platform.prints(&["invocations", "resume", &id]), &["Resumed 1 invocations"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invocation_is_restarted_as_a_new_one() {
    let platform = Platform::start().await;
    let id = platform.send("/cli.v1.Greeter/greet", &json!("you")).await;
    platform.until(&id, "succeeded").await;
    let restarted = platform.prints(&["invocations", "restart-as-new", &id]);
    has(&restarted, &["Restarted 1 invocations", &id]);
    let new = word(&restarted, "inv_1");
    assert_ne!(new, id);
    platform.until(&new, "succeeded").await;
}

/// The command line cannot ask for it, and shows what has come of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invocation_that_was_restarted_from_an_entry_is_described_with_what_was_kept() {
    let platform = Platform::start().await;
    let help = platform.prints(&["invocations", "restart-as-new", "--help"]);
    assert!(help.contains("--limit") && !help.contains("--from"), "{help}");
    let id = platform.send("/cli.v1.Greeter/work", &nothing()).await;
    platform.until(&id, "succeeded").await;
    let path = format!("/invocations/{id}/restart-as-new?from=1");
    let restarted = platform.ask(Method::PATCH, &path, &nothing()).await;
    assert!(restarted.status.is_success(), "{}", restarted.text());
    let new = json_of(&restarted)["new_invocation_id"].as_str().unwrap().to_owned();
    platform.until(&new, "succeeded").await;
    let described = platform.prints(&["invocations", "describe", &new]);
    has(&described, &["completed with success", "Command: Call", "Command: Run [one]"]);
    has(&described, &["Command: Sleep"]);
}
