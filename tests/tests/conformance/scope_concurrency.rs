//! Scopes and limit keys: rules limit the number of concurrent invocations.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use restate_core::{Context, HandlerResult, Json, service};
use restate_ingress::IngressError;
use restate_tests::{
    client,
    services::{Bound, CounterClient, ManyCallRequest, ProxyClient, ProxyRequest},
};
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    configuration::Platform,
    polling::{eventually, once, unique},
    scenario::Setup,
    system::{Needs, System},
};

const LIMIT: usize = 2;
const CALLS: usize = 4;

pub async fn scope_and_limit_key_limit_what_runs(setup: Setup) {
    let rooms = Rooms::default();
    let services = vec![Bound::new(BlockingProxyServer::new(rooms.clone()))];
    let environment = with_scopes();
    let system = setup.own_system(Needs { environment, services, ..Needs::default() }).await;
    limit(&system, "orders/tenant-7").await;

    // A new rule takes time to reach all partitions; until then nothing is limited.
    eventually("the rule is applied", async || is_limited(&system, &rooms).await.then_some(()))
        .await;
}

/// The environment variables that enable scopes in a Restate server.
fn with_scopes() -> Vec<(&'static str, String)> {
    let variables = [
        ("RESTATE_EXPERIMENTAL_ENABLE_VQUEUES", "true"),
        ("RESTATE_EXPERIMENTAL_ENABLE_PROTOCOL_V7", "true"),
        ("RESTATE_WORKER__RULE_BOOK_POLL_INTERVAL", "1s"),
    ];
    variables.map(|(name, value)| (name, value.to_owned())).to_vec()
}

pub async fn ingress_calls_name_scope_and_limit_key(setup: Setup) {
    let services = vec![Bound::new(WhereaboutsServer::new(Here))];
    let environment = with_scopes();
    let system = setup.own_system(Needs { environment, services, ..Needs::default() }).await;
    let client = system.client();
    let whereabouts = WhereaboutsClient::new(&client);
    assert_eq!(whereabouts.tell().await.unwrap(), "-");

    let scoped = || whereabouts.tell().scope("orders").limit_key("tenant-7/user-1");
    assert_eq!(scoped().await.unwrap(), "orders tenant-7/user-1");
    let sent = scoped().one_way().await.unwrap();
    assert_eq!(sent.attach::<String>().await.unwrap(), "orders tenant-7/user-1");
    let later = scoped().delayed(Duration::from_millis(5)).await.unwrap();
    assert_eq!(later.attach::<String>().await.unwrap(), "orders tenant-7/user-1");

    let once = unique("once");
    let first = scoped().idempotency_key(once.clone()).one_way().await.unwrap();
    let again = scoped().idempotency_key(once.clone()).one_way().await.unwrap();
    let elsewhere =
        whereabouts.tell().scope("other").idempotency_key(once).one_way().await.unwrap();
    assert_eq!(again.invocation_id(), first.invocation_id());
    assert_ne!(elsewhere.invocation_id(), first.invocation_id());
}

/// Only services and workflows have scopes.
pub async fn objects_have_no_scopes(setup: Setup) {
    let environment = with_scopes();
    let system = setup.own_system(Needs { environment, ..Needs::default() }).await;
    let client = system.client();
    let refused = CounterClient::new(&client, unique("counter")).add(1).scope("orders").await;
    let refused = refused.unwrap_err();
    let IngressError::Refused { status: 400, message, .. } = refused else { panic!("{refused}") };
    assert!(message.contains("scope"), "{message}");
}

/// A server without these features refuses scopes, and starts nothing.
pub async fn scopes_are_rejected_where_they_are_disabled(setup: Setup) {
    let services = vec![Bound::new(WhereaboutsServer::new(Here))];
    let system = setup.own_system(Needs { services, ..Needs::default() }).await;
    let client = system.client();
    let refused = WhereaboutsClient::new(&client).tell().scope("orders").await.unwrap_err();
    let IngressError::Refused { status, message, .. } = refused else { panic!("{refused}") };
    assert_eq!((status, &*message), (400, "scoped invocations require vqueues to be enabled"));
}

/// Returns the scope and limit key of its invocation.
#[service(name = "Whereabouts")]
trait Whereabouts {
    async fn tell(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

#[derive(Clone)]
struct Here;

impl Whereabouts for Here {
    async fn tell(&self, ctx: Context<'_>) -> HandlerResult<String> {
        let named = [ctx.scope().unwrap_or("-"), ctx.limit_key().unwrap_or_default()];
        Ok(named.join(" ").trim_end().to_owned())
    }
}

/// Makes calls with a scope and a limit key; returns whether the engine enforces the limit.
async fn is_limited(system: &System, rooms: &Rooms) -> bool {
    let name = unique("room");
    let call = ManyCallRequest {
        proxy_request: ProxyRequest {
            service_name: "BlockingProxy".to_owned(),
            handler_name: "block".to_owned(),
            message: serde_json::to_vec(&name).unwrap(),
            scope: Some("orders".to_owned()),
            limit_key: Some("tenant-7".to_owned()),
            ..ProxyRequest::default()
        },
        one_way_call: true,
        await_at_the_end: false,
    };
    let proxy = ProxyClient::new(system.client());
    proxy.many_calls(Json(vec![call; CALLS])).idempotency_key(once()).await.unwrap();

    let room = rooms.of(&name);
    let limited = eventually("the calls run or are held back", async || {
        let all_run = room.most_at_a_time() == CALLS;
        let held_back =
            room.most_at_a_time() >= LIMIT && held_back_by_limit(system).await == CALLS - LIMIT;
        (all_run || held_back).then_some(!all_run)
    })
    .await;
    room.open();
    room.was_left_by(CALLS).await;
    if limited {
        assert_eq!(room.most_at_a_time(), LIMIT);
    }
    limited
}

/// The number of invocations that only a limit keeps from running.
async fn held_back_by_limit(system: &System) -> usize {
    match system.platform() {
        Platform::Embedded | Platform::Deployment | Platform::Program => {
            let path = "/invocations?scope=orders&limit_key=tenant-7&status=held-back";
            let answer = client::get(system.admin(), path).await.unwrap();
            let found: Value = serde_json::from_slice(&answer.body).unwrap();
            found["invocations"].as_array().unwrap().len()
        }
        Platform::Server | Platform::Cluster | Platform::ProgramOnServer => {
            held_back_by_schedulers(system).await
        }
    }
}

async fn held_back_by_schedulers(system: &System) -> usize {
    let query = "SELECT num_inbox FROM sys_scheduler WHERE blocked_on = 'limit-key-concurrency'";
    let rows = system.query(query).await;
    let held_back = rows.iter().map(|row| row["num_inbox"].as_u64());
    held_back.map(|held_back| usize::try_from(held_back.unwrap()).unwrap()).sum()
}

/// Adds a rule that limits this scope and limit key to `LIMIT` concurrent invocations.
async fn limit(system: &System, pattern: &str) {
    let rules = format!(r#"[{{"pattern":"{pattern}","limits":{{"concurrency":{LIMIT}}}}}]"#);
    let json = [("content-type", "application/json")];
    let put = client::send(system.admin(), Method::PUT, "/limits/rules", &json, Bytes::from(rules));
    let answer = put.await.unwrap();
    assert!(answer.status.is_success(), "{}", answer.text());
}

/// Runs until the test releases it.
#[service(name = "BlockingProxy")]
trait BlockingProxy {
    async fn block(&self, ctx: Context<'_>, room: String) -> HandlerResult<()>;
}

impl BlockingProxy for Rooms {
    async fn block(&self, _: Context<'_>, room: String) -> HandlerResult<()> {
        self.of(&room).visit().await;
        Ok(())
    }
}

/// Counts handlers, and lets them wait.
#[derive(Clone, Default)]
struct Rooms(Arc<Mutex<HashMap<String, Room>>>);

impl Rooms {
    fn of(&self, name: &str) -> Room {
        self.0.lock().unwrap().entry(name.to_owned()).or_default().clone()
    }
}

#[derive(Clone, Default)]
struct Room(watch::Sender<Visits>);

#[derive(Default)]
struct Visits {
    now: usize,
    most: usize,
    over: usize,
    is_open: bool,
}

impl Room {
    async fn visit(&self) {
        self.0.send_modify(|visits| {
            visits.now += 1;
            visits.most = visits.most.max(visits.now);
        });
        let visit = Visit(self);
        self.until(|visits| visits.is_open).await;
        drop(visit);
    }

    fn open(&self) {
        self.0.send_modify(|visits| visits.is_open = true);
    }

    async fn was_left_by(&self, handlers: usize) {
        self.until(|visits| visits.over >= handlers).await;
    }

    fn most_at_a_time(&self) -> usize {
        self.0.borrow().most
    }

    async fn until(&self, is_so: impl FnMut(&Visits) -> bool) {
        self.0.subscribe().wait_for(is_so).await.expect("the room owns the sender");
    }
}

/// A handler in a room, which leaves it when its attempt is dropped.
struct Visit<'a>(&'a Room);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|visits| {
            visits.now -= 1;
            visits.over += 1;
        });
    }
}
