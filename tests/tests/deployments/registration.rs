//! What the admin interface says to deployments that are registered.

use std::time::Duration;

use http::Method;
use restate_core::contract::{HandlerDescriptor, ServiceDescriptor};
use restate_endpoint::Endpoint;
use restate_tests::{client, endpoint::RunningEndpoint, port::free_address};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use crate::setup::{Platform, Stage, eventually, json_of, plain, serve};

const ADD: HandlerDescriptor = HandlerDescriptor::exclusive::<(), String>("add");
const READ: HandlerDescriptor = HandlerDescriptor::shared::<(), String>("read");

static CART: ServiceDescriptor = ServiceDescriptor::object("Cart", &[ADD, READ]);
static CART_WITHOUT_READ: ServiceDescriptor = ServiceDescriptor::object("Cart", &[ADD]);
static CART_WITH_MORE: ServiceDescriptor = ServiceDescriptor::object(
    "Cart",
    &[ADD, READ, HandlerDescriptor::shared::<(), String>("count")],
);
static CART_OF_OTHER_KIND: ServiceDescriptor =
    ServiceDescriptor::service("Cart", &[plain("add"), plain("read")]);
static MAILER: ServiceDescriptor = ServiceDescriptor::service("Mailer", &[plain("send")]);

#[tokio::test]
async fn a_deployment_is_registered_once_and_listed() {
    let platform = Platform::start().await;
    let endpoint = serve([Stage::silent(&CART), Stage::silent(&MAILER)]).await;
    let added = platform.registered(endpoint.address()).await;
    let id = added["id"].as_str().unwrap();
    assert!(id.starts_with("dp_1"), "{added}");
    assert_eq!((&added["outcome"], &added["min_protocol_version"]), (&json!("added"), &json!(5)));
    let again = platform.registered(endpoint.address()).await;
    assert_eq!((&again["id"], &again["outcome"]), (&added["id"], &json!("unchanged")));

    let listed = client::get(platform.admin(), "/deployments").await.unwrap();
    let listed = json_of(&listed);
    let [deployment] = &listed["deployments"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(deployment["uri"], format!("http://{}", endpoint.address()));
    assert_eq!(deployment["protocol_type"], "BidiStream");
    assert_eq!(deployment["status"], "active");
    let services = json!([{ "name": "Cart", "revision": 1 }, { "name": "Mailer", "revision": 1 }]);
    assert_eq!(deployment["services"], services);
    let shown = platform.deployment(id).await;
    assert_eq!(shown["services"][0]["handlers"][0]["ty"], "Exclusive");

    let services = json_of(&client::get(platform.admin(), "/services").await.unwrap());
    assert_eq!(services["services"][0]["name"], "Cart");
    let openapi = json_of(&client::get(platform.admin(), "/openapi").await.unwrap());
    assert!(openapi["paths"]["/Mailer/send"]["post"].is_object(), "{openapi}");
}

#[tokio::test]
async fn one_that_never_answers_does_not_hold_up_the_start() {
    // Connections are accepted by the operating system alone.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let endpoint = serve([Stage::silent(&MAILER)]).await;
    let url = format!("http://{}", endpoint.address());
    let start = Platform::start_with(|engine| engine.deployment(silent_url).deployment(url));
    // Discovery gives up after 30 s.
    let platform = timeout(Duration::from_secs(20), start).await.unwrap();
    let [found] = &deployments(&platform).await[..] else { panic!("one has answered") };
    assert_eq!(found["services"][0]["name"], "Mailer");
}

#[tokio::test]
async fn while_one_has_not_answered_its_services_are_unavailable_and_not_unknown() {
    let address = free_address();
    let url = format!("http://{address}");
    let platform = Platform::start_with(|engine| engine.deployment(url.as_str())).await;
    let refused = platform.post("/Mailer/send/send", "").await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains(&url), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), "1");

    let services = Endpoint::builder().bind(Stage::silent(&MAILER));
    let _endpoint = RunningEndpoint::start(services, address).await;
    eventually("the deployment is registered", async || {
        let status = platform.post("/Mailer/send/send", "").await.status;
        (status == 202).then_some(())
    })
    .await;
    let unknown = platform.post("/Nobody/send", "").await;
    assert_eq!(unknown.status, 404, "{}", unknown.text());
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let platform = Platform::start().await;
    let endpoint = serve([Stage::silent(&MAILER)]).await;
    let answer = platform.register(endpoint.address(), &json!({ "dry_run": true })).await;
    let would = json_of(&answer);
    assert_eq!((&would["outcome"], &would["dry_run"]), (&json!("added"), &json!(true)));
    assert_eq!(would["changes"][0]["change"], "added");
    assert_eq!(deployments(&platform).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_revision_that_breaks_callers_is_refused_unless_it_may() {
    let platform = Platform::start().await;
    let first = serve([Stage::silent(&CART)]).await;
    platform.registered(first.address()).await;
    for (revision, reason) in [
        (&CART_WITHOUT_READ, "handler `Cart/read` is removed"),
        (&CART_OF_OTHER_KIND, "`Cart` was a virtual object and is a service"),
    ] {
        let next = serve([Stage::silent(revision)]).await;
        let refused = platform.register(next.address(), &json!({})).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains(reason), "{}", refused.text());
        let taken = platform.register(next.address(), &json!({ "breaking": true })).await;
        let taken = json_of(&taken);
        assert_eq!(taken["changes"][0]["breaks"], json!([reason]), "{taken}");
        // For the next one, callers have what they had.
        let again = serve([Stage::silent(&CART)]).await;
        let again = platform.register(again.address(), &json!({ "breaking": true })).await;
        assert!(again.status.is_success(), "{}", again.text());
    }
    let more = serve([Stage::silent(&CART_WITH_MORE)]).await;
    let more = platform.registered(more.address()).await;
    assert_eq!(more["changes"][0]["added_handlers"], json!(["count"]));
    assert_eq!(more["services"][0]["revision"], 6);
}

#[tokio::test]
async fn what_is_no_deployment_is_refused_with_the_reason() {
    let platform = Platform::start().await;
    let nobody = restate_tests::port::free_address();
    let refused = platform.register(nobody, &json!({})).await;
    assert_eq!(refused.status, 400);
    let nobody = format!("no connection to {nobody}");
    assert!(refused.text().contains(&nobody), "{}", refused.text());
    let is_refused = async |body: Value, reason: &str| {
        let answer = platform.ask(Method::POST, "/deployments", &body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(reason), "{}", answer.text());
    };
    is_refused(json!({}), "the body names no deployment").await;
    is_refused(json!({ "uri": "ftp://x" }), "is not the URL of a deployment").await;
    is_refused(json!({ "uri": "http://x", "dryrun": true }), "`dryrun` is not a field").await;
    is_refused(json!({ "arn": "arn:aws:lambda" }), "cannot reach AWS Lambda").await;
    is_refused(json!({ "uri": "http://x", "force": 1 }), "neither true nor false").await;
}

#[tokio::test]
async fn a_deployment_moves_to_another_address() {
    let platform = Platform::start().await;
    let here = serve([Stage::silent(&CART)]).await;
    let added = platform.registered(here.address()).await;
    let path = format!("/deployments/{}", added["id"].as_str().unwrap());
    let there = serve([Stage::silent(&CART)]).await;
    let body = json!({
        "uri": format!("http://{}", there.address()),
        "additional_headers": { "X-Team": "a" },
    });
    let moved = platform.ask(Method::PATCH, &path, &body).await;
    assert!(moved.status.is_success(), "{}", moved.text());
    let shown = platform.deployment(added["id"].as_str().unwrap()).await;
    assert_eq!(shown["uri"], body["uri"]);
    assert_eq!(shown["additional_headers"], json!({ "x-team": "[redacted]" }));
    let other = serve([Stage::silent(&MAILER)]).await;
    let body = json!({ "uri": format!("http://{}", other.address()) });
    let refused = platform.ask(Method::PATCH, &path, &body).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("service `Cart` is removed"), "{}", refused.text());
}

async fn deployments(platform: &Platform) -> Vec<Value> {
    let listed = json_of(&client::get(platform.admin(), "/deployments").await.unwrap());
    listed["deployments"].as_array().unwrap().clone()
}
