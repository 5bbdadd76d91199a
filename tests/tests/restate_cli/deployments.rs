//! `restate deployments`.

use http::Method;
use restate_tests::endpoint::RunningEndpoint;
use serde_json::json;

use crate::setup::{Platform, has, nothing, remote, word};

/// A deployment on which an invocation waits.
struct InUse {
    _endpoint: RunningEndpoint,
    id: String,
    waiting: String,
}

async fn in_use(platform: &Platform) -> InUse {
    let endpoint = remote().await;
    let url = format!("http://{}", endpoint.address());
    let id = word(&platform.prints(&["deployments", "register", &url]), "dp_1");
    let waiting = platform.send("/cli.v1.Remote/wait", &nothing()).await;
    platform.until(&waiting, "running").await;
    InUse { _endpoint: endpoint, id, waiting }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_is_registered_and_shown_beside_the_services_of_this_process() {
    let platform = Platform::start().await;
    let endpoint = remote().await;
    let url = format!("http://{}", endpoint.address());
    let registered =
        platform.prints(&["deployments", "register", &url, "--metadata", "commit=0123"]);
    has(&registered, &["SERVICES THAT WILL BE ADDED", "cli.v1.Remote", "greet", "Deployment ID:"]);
    let id = word(&registered, "dp_1");

    let listed = platform.prints(&["deployments", "list"]);
    has(&listed, &[&url, &id, "in-process://localhost/", "dp_10000000000000000000000"]);
    let described = platform.prints(&["deployments", "describe", &id]);
    has(&described, &[&url, "cli.v1.Remote", "[Latest]", "application/json", "0123"]);
    let here = platform.prints(&["deployments", "describe", "dp_10000000000000000000000"]);
    has(&here, &["in-process://localhost/", "cli.v1.Greeter", "cli.v1.Counter", "VirtualObject"]);
    has(&here, &["BlockAndWaitWorkflow", "unblock"]);

    let again = platform.prints(&["deployments", "register", &url]);
    has(&again, &["already exists", &id]);
    let forced = platform.prints(&["deployments", "register", &url, "--force"]);
    has(&forced, &["already known", &id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_registered_is_refused_with_the_reason() {
    let platform = Platform::start().await;
    let nobody = format!("http://{}", restate_tests::port::free_address());
    has(&platform.refuses(&["deployments", "register", &nobody]), &["no connection to"]);
    let lambda = "arn:aws:lambda:eu-central-1:012345678901:function:f:1";
    has(&platform.refuses(&["deployments", "register", lambda]), &["cannot reach AWS Lambda"]);
    let google = ["deployments", "register", &nobody, "--gcp-id-token"];
    has(&platform.refuses(&google), &["`auth` is not a field"]);
    let here = ["deployments", "register", "in-process://localhost/"];
    has(&platform.refuses(&here), &["need no registration"]);
    let unknown = ["deployments", "describe", "dp_10000000000000000000001"];
    has(&platform.refuses(&unknown), &["no such deployment"]);
    let path = "/deployments/dp_10000000000000000000000";
    let refused = platform.ask(Method::PATCH, path, &json!({ "uri": nobody })).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_is_removed_when_nothing_needs_it() {
    let platform = Platform::start().await;
    let InUse { _endpoint, id, waiting } = in_use(&platform).await;

    let listed = platform.prints(&["deployments", "list", "--extra"]);
    has(&listed, &["Active", &id, "cli.v1.Remote", "in-process://localhost/"]);
    let described = platform.prints(&["deployments", "describe", &id, "--extra"]);
    has(&described, &["Active", "ACTIVE-INVOCATIONS"]);
    let refused = platform.refuses(&["deployments", "remove", &id]);
    has(&refused, &["Active", "--force"]);

    let next = remote().await;
    let url = format!("http://{}", next.address());
    let updated = platform.prints(&["deployments", "register", &url]);
    has(&updated, &["SERVICES THAT WILL BE UPDATED", "Revision: 1 -> 2", "Old Deployment"]);
    has(&platform.refuses(&["deployments", "remove", &id]), &["Draining"]);
    platform.prints(&["invocations", "kill", &waiting]);
    platform.until(&waiting, "failed").await;
    has(&platform.prints(&["deployments", "remove", &id]), &["drained", "removed successfully"]);
    let listed = platform.prints(&["deployments", "list"]);
    assert!(!listed.contains(&id), "{listed}");

    let here = ["deployments", "remove", "dp_10000000000000000000000", "--force"];
    has(&platform.refuses(&here), &["409"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_deployment_leaves_behind_is_found() {
    let platform = Platform::start().await;
    let InUse { _endpoint, id, waiting } = in_use(&platform).await;
    has(&platform.prints(&["deployments", "remove", &id, "--force"]), &["removed successfully"]);
    platform.until(&waiting, "unbound").await;
    let zombies = platform.prints(&["invocations", "list", "--zombie"]);
    has(&zombies, &[&waiting, "cli.v1.Remote/wait", "ready", &id, "ZOMBIE"]);
    has(&platform.prints(&["invocations", "kill", &waiting]), &["Killed 1 invocations"]);
    has(&platform.prints(&["invocations", "list", "--zombie"]), &["Showing 0/0"]);
}
