//! Attempts that wait for others do not keep these from starting.

use std::{num::NonZeroUsize, time::Duration};

use http::Method;
use restate_core::{Context, HandlerResult, service};
use restate_endpoint::Endpoint;
use restate_tests::{endpoint::RunningEndpoint, port::free_address};
use serde_json::json;

use crate::setup::{LIMIT, Platform};

/// Calls itself.
#[service]
trait Stairs {
    async fn descend(&self, ctx: Context<'_>, steps: u32) -> HandlerResult<u32>;
}

/// The scope in which it calls itself, if any.
struct Staircase(Option<&'static str>);

impl Stairs for Staircase {
    async fn descend(&self, ctx: Context<'_>, steps: u32) -> HandlerResult<u32> {
        let Some(below) = steps.checked_sub(1) else { return Ok(0) };
        let call = StairsClient::new(&ctx).descend(below);
        Ok(1 + match self.0 {
            Some(scope) => call.scope(scope).await?,
            None => call.await?,
        })
    }
}

/// Ten at a time go down five steps, in far less time than it takes to be inactive.
async fn descend(platform: &Platform, path: &str) {
    let bodies = ["5"; 10];
    let calls = bodies.map(|steps| platform.post(path, steps));
    let answers = tokio::time::timeout(LIMIT / 2, futures::future::join_all(calls)).await;
    for answer in answers.expect("nobody waits for inactivity") {
        assert_eq!(answer.text(), "5");
    }
}

fn patient(builder: restate_embedded::EngineBuilder) -> restate_embedded::EngineBuilder {
    builder.inactivity_timeout(Duration::from_secs(3600)).deployment_concurrency(NonZeroUsize::MIN)
}

#[tokio::test]
async fn a_handler_awaits_another_one_on_a_deployment_that_takes_one_attempt() {
    let endpoint = Endpoint::builder().bind(StairsServer::new(Staircase(None)));
    let endpoint = RunningEndpoint::start(endpoint, free_address()).await;
    let platform = Platform::start_with(patient).await;
    for use_http_11 in [false, true] {
        let more = json!({ "use_http_11": use_http_11, "force": true });
        let registered = platform.register(endpoint.address(), &more).await;
        assert!(registered.status.is_success(), "{}", registered.text());
        descend(&platform, "/Stairs/descend").await;
    }
}

#[tokio::test]
async fn a_handler_awaits_another_one_in_a_scope_that_takes_one_invocation() {
    let stairs = StairsServer::new(Staircase(Some("s")));
    let platform = Platform::start_with(|builder| patient(builder).bind(stairs)).await;
    let rules = json!([{ "pattern": "s", "limits": { "concurrency": 1 } }]);
    let set = platform.ask(Method::PUT, "/limits/rules", &rules).await;
    assert!(set.status.is_success(), "{}", set.text());
    descend(&platform, "/restate/scope/s/call/Stairs/descend").await;
}
