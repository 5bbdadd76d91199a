use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, SystemTime},
};

use restate_core::{
    Context, HandlerResult, Json, ObjectContext, SharedObjectContext, Target, WorkflowContext,
};
use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use restate_ingress::IngressClient;
use restate_schedule::{Schedules, Timetable};
use restate_tests::{client, endpoint::RunningEndpoint, port::free_address, server::RestateServer};
use serde_json::{Value, json};

use crate::{
    command_line::{run, spawn},
    interruption::{Interruption, Proxy},
};

const HOUR: Duration = Duration::from_secs(3600);

/// What was done under a key, in order.
#[restate_core::object]
trait Ledger {
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
    async fn hold(&self, ctx: ObjectContext<'_>, _: ()) -> HandlerResult<()>;
    #[shared]
    async fn list(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<i64>>>;
}

#[restate_core::service]
trait Sender {
    async fn send(&self, ctx: Context<'_>, amounts: Json<Vec<i64>>) -> HandlerResult<()>;
}

#[restate_core::workflow]
trait Signup {
    async fn run(&self, ctx: WorkflowContext<'_>, name: String) -> HandlerResult<String>;
}

struct Books;

impl Ledger for Books {
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64> {
        let mut amounts = ctx.get::<Json<Vec<i64>>>("amounts").await?.unwrap_or_default().0;
        amounts.push(amount);
        ctx.set("amounts", Json(amounts));
        Ok(amount)
    }

    async fn hold(&self, ctx: ObjectContext<'_>, _: ()) -> HandlerResult<()> {
        ctx.run(|| async { Ok(()) }).name("begin").await?;
        ctx.signal::<()>("go").await?;
        Ok(())
    }

    async fn list(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<i64>>> {
        Ok(ctx.get::<Json<Vec<i64>>>("amounts").await?.unwrap_or_default())
    }
}

impl Sender for Books {
    async fn send(&self, ctx: Context<'_>, Json(amounts): Json<Vec<i64>>) -> HandlerResult<()> {
        for amount in amounts {
            let target = Target::object("Ledger", "waiting", "add");
            restate_core::Call::<_, _, i64>::new(&ctx, target, amount).one_way().await?;
        }
        Ok(())
    }
}

impl Signup for Books {
    async fn run(&self, _: WorkflowContext<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("welcome, {name}"))
    }
}

/// A Restate server with the same services.
struct Destination {
    server: RestateServer,
    endpoint: RunningEndpoint,
}

impl Destination {
    async fn start() -> Self {
        let server = RestateServer::start().await;
        server.wait_until_queryable().await;
        let builder = Endpoint::builder()
            .bind(LedgerServer::new(Books))
            .bind(SenderServer::new(Books))
            .bind(SignupServer::new(Books))
            .bind(restate_schedule::schedule())
            .bind(restate_schedule::directory());
        let endpoint = RunningEndpoint::start(builder, free_address()).await;
        server.register(endpoint.address()).await;
        Self { server, endpoint }
    }

    async fn amounts(&self, key: &str) -> String {
        let path = format!("/Ledger/{key}/list");
        let answer = client::send(
            self.server.ingress(),
            http::Method::POST,
            &path,
            &[],
            bytes::Bytes::new(),
        );
        answer.await.unwrap().text()
    }

    async fn eventually(&self, key: &str, expected: &str) {
        let asked = async {
            while self.amounts(key).await != expected {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(30), asked).await;
        assert!(asked.is_ok(), "{key}: {} is not {expected}", self.amounts(key).await);
    }

    async fn query(&self, query: &str) -> Vec<Value> {
        let body = json!({ "query": query }).to_string();
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let answer = client::send(
            self.server.admin(),
            http::Method::POST,
            "/query",
            &headers,
            body.into_bytes().into(),
        );
        let text = answer.await.unwrap().text();
        let rows: Value = serde_json::from_str(&text).unwrap();
        assert!(rows["rows"].is_array(), "{text}");
        rows["rows"].as_array().unwrap().clone()
    }

    fn options(&self) -> [String; 4] {
        let (to, admin) = (self.server.ingress(), self.server.admin());
        [
            "--to".to_owned(),
            format!("http://{to}"),
            "--to-admin".to_owned(),
            format!("http://{admin}"),
        ]
    }
}

async fn engine(data: &Path) -> Engine {
    Engine::builder()
        .data_dir(data)
        .bind(LedgerServer::new(Books))
        .bind(SenderServer::new(Books))
        .bind(SignupServer::new(Books))
        .bind(restate_schedule::schedule())
        .bind(restate_schedule::directory())
        .admin("127.0.0.1:0")
        .start()
        .await
        .unwrap()
}

/// Returns when the invocation has done its first step.
async fn begun(engine: &Engine, id: &str) {
    let path = format!("/invocations/{id}/journal");
    loop {
        let answer = client::get(engine.admin_addr().unwrap(), &path).await.unwrap();
        let shown: Value = serde_json::from_str(&answer.text()).unwrap();
        if shown["entries"].as_array().is_some_and(|entries| entries.len() > 2) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Fills a data directory with state, calls that are delayed, and calls that wait for their service.
async fn fill(data: &Path) {
    let first = engine(data).await;
    for (key, amount) in [("a", 1), ("a", 2), ("b", 3), ("waiting", 4)] {
        LedgerClient::new(first.client(), key).add(amount).await.unwrap();
    }
    let a = LedgerClient::new(first.client(), "a");
    a.add(100).delayed(HOUR).await.unwrap();
    a.add(200).idempotency_key("order-1").delayed(2 * HOUR).await.unwrap();
    SignupClient::new(first.client(), "ann").run("Ann".to_owned()).delayed(HOUR).await.unwrap();
    let schedules = Schedules::new(first.client());
    let call = LedgerClient::new(first.client(), "scheduled").add(1);
    schedules.put("daily", Timetable::every(24 * HOUR), call).await.unwrap();
    first.shutdown().await.unwrap();

    let builder = Engine::builder().data_dir(data).bind(SenderServer::new(Books));
    let second = builder.start().await.unwrap();
    SenderClient::new(second.client()).send(Json(vec![5, 6, 7])).await.unwrap();
    second.shutdown().await.unwrap();
}

async fn moved_to(
    target: &Destination,
    data: &Path,
    more: &[&str],
) -> Result<Value, (i32, String)> {
    let options = target.options();
    let options = options.iter().map(String::as_str);
    let arguments: Vec<&str> =
        ["move", "--data", data.to_str().unwrap()].into_iter().chain(options).collect();
    run(&[&arguments[..], more].concat()).await
}

/// Checks that the server has everything, each once.
#[expect(clippy::disallowed_methods, reason = "the server has its own clock")]
async fn everything_is_there_once(target: &Destination) {
    target.eventually("waiting", "[4,5,6,7]").await;
    assert_eq!(target.amounts("a").await, "[1,2]");
    assert_eq!(target.amounts("b").await, "[3]");
    // The server leaves `scheduled_start_at` empty if columns are named.
    let scheduled =
        target.query("SELECT * FROM sys_invocation_status WHERE status = 'scheduled'").await;
    let (firings, scheduled): (Vec<_>, Vec<_>) =
        scheduled.into_iter().partition(|row| row["target"] == "schedules.v1.Schedule/daily/Fire");
    assert_eq!(firings.len(), 1, "the schedule waits for its next time, once: {firings:?}");
    let ingress = IngressClient::new(format!("http://{}", target.server.ingress())).unwrap();
    let schedules = Schedules::new(ingress);
    assert_eq!(schedules.list("").await.unwrap(), ["daily"]);
    let next: jiff::Timestamp = firings[0]["scheduled_start_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        schedules.describe("daily").await.unwrap().next.unwrap(),
        SystemTime::UNIX_EPOCH + Duration::from_millis(next.as_millisecond().unsigned_abs())
    );
    let mut delayed = BTreeMap::new();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    for row in &scheduled {
        let due: jiff::Timestamp = row["scheduled_start_at"].as_str().unwrap().parse().unwrap();
        let due = Duration::from_millis(due.as_millisecond().unsigned_abs());
        let remaining = due.saturating_sub(now).as_secs_f64();
        let key = row["idempotency_key"].as_str().unwrap_or_default();
        let key = if key.starts_with("moved/") { "moved" } else { key };
        let hours = (remaining / 3600.0).round();
        assert!((remaining - hours * 3600.0).abs() < 300.0, "the delay goes on: {row}");
        delayed.insert((row["target"].as_str().unwrap().to_owned(), key.to_owned()), hours);
    }
    let expected = [
        (("Ledger/a/add", "moved"), 1.0),
        (("Ledger/a/add", "order-1"), 2.0),
        (("Signup/ann/run", ""), 1.0),
    ];
    let expected =
        expected.map(|((target, key), hours)| ((target.to_owned(), key.to_owned()), hours));
    assert_eq!(delayed, BTreeMap::from(expected), "{scheduled:?}");
    assert_eq!(scheduled.len(), 3, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn state_and_calls_are_moved_once() {
    let (target, directory) = (Destination::start().await, tempfile::tempdir().unwrap());
    let data = directory.path();
    fill(data).await;
    let rehearsed = moved_to(&target, data, &["--dry-run"]).await.unwrap();
    let objects = rehearsed["objects"].as_array().unwrap();
    assert_eq!(objects[..3], [json!("Ledger/a"), json!("Ledger/b"), json!("Ledger/waiting")]);
    assert!(objects.len() == 5 && objects[4] == "schedules.v1.Schedule/daily", "{rehearsed}");
    assert_eq!(rehearsed["calls"].as_array().unwrap().len(), 7, "{rehearsed}");
    assert_eq!((&rehearsed["stays"], &rehearsed["moved_calls"]), (&json!([]), &json!(0)));
    assert_eq!(target.query("SELECT * FROM state").await, [] as [Value; 0], "nothing is changed");

    let moved = moved_to(&target, data, &[]).await.unwrap();
    assert_eq!((&moved["moved_objects"], &moved["moved_calls"]), (&json!(5), &json!(7)), "{moved}");
    everything_is_there_once(&target).await;
    let again = moved_to(&target, data, &[]).await.unwrap();
    assert_eq!((&again["moved_objects"], &again["moved_calls"]), (&json!(0), &json!(0)), "{again}");
    everything_is_there_once(&target).await;

    // Who repeats the call finds the invocation under its key.
    let headers = [("content-type", "application/json"), ("idempotency-key", "order-1")];
    let repeated = client::send(
        target.server.ingress(),
        http::Method::POST,
        "/restate/send/Ledger/a/add",
        &headers,
        bytes::Bytes::from_static(b"200"),
    );
    let repeated: Value = serde_json::from_str(&repeated.await.unwrap().text()).unwrap();
    assert_eq!(repeated["status"], "PreviouslyAccepted", "{repeated}");

    let restarted = engine(data).await;
    let listed = LedgerClient::new(restarted.client(), "waiting").list().await.unwrap();
    assert_eq!(listed.0, [4], "what has been moved is not done here as well");
    restarted.shutdown().await.unwrap();
    target.endpoint.stop().await;
}

/// Kills the move at its first request, at its second when it is repeated, and so on, until it is done.
async fn killed_at_each_step(interruption: Interruption) {
    let (target, directory) = (Destination::start().await, tempfile::tempdir().unwrap());
    let data = directory.path();
    fill(data).await;
    let servers = [target.server.ingress(), target.server.admin()];
    let proxy = Proxy::start(servers, interruption).await;
    let addresses = proxy.addresses().iter().map(|address| format!("http://{address}"));
    let [to, admin]: [String; 2] = addresses.collect::<Vec<_>>().try_into().unwrap();
    let data = data.to_str().unwrap();
    let arguments = ["move", "--data", data, "--to", &to, "--to-admin", &admin];
    let mut kills = 0;
    while !proxy.run(kills + 1, || spawn(&arguments)).await {
        kills += 1;
    }
    assert!(kills >= 5, "it was killed {kills} times");
    everything_is_there_once(&target).await;
    target.endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_before_a_request_is_repeated() {
    killed_at_each_step(Interruption::BeforeTheRequest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_before_an_answer_does_nothing_twice() {
    killed_at_each_step(Interruption::BeforeTheAnswer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_after_an_answer_does_nothing_twice() {
    killed_at_each_step(Interruption::AfterTheAnswer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_left_or_nothing_is_moved() {
    let (target, directory) = (Destination::start().await, tempfile::tempdir().unwrap());
    let data = directory.path();
    fill(data).await;
    let running = engine(data).await;
    let held = LedgerClient::new(running.client(), "b");
    let hold = held.hold(()).one_way().await.unwrap().invocation_id().to_string();
    held.add(8).one_way().await.unwrap();
    begun(&running, &hold).await;
    running.shutdown().await.unwrap();

    let (code, error) = moved_to(&target, data, &[]).await.unwrap_err();
    assert_eq!(code, 7, "{error}");
    assert!(error.contains("nothing was moved") && error.contains(&hold), "{error}");
    assert!(error.contains("Ledger/b/hold: it "), "{error}");
    assert!(error.contains("belongs to the same object"), "{error}");
    assert_eq!(target.query("SELECT * FROM state").await, [] as [Value; 0], "nothing is changed");

    let moved = moved_to(&target, data, &["--leave"]).await.unwrap();
    assert_eq!(moved["stays"].as_array().unwrap().len(), 3, "hold, add and the state: {moved}");
    assert_eq!(target.amounts("b").await, "[]");
    assert_eq!(target.amounts("a").await, "[1,2]");

    // The engine finishes them, and what remains is moved then.
    let running = engine(data).await;
    running.client().invocation(hold.clone()).signal("go", ()).await.unwrap();
    let held = LedgerClient::new(running.client(), "b");
    assert_eq!(held.add(9).await.unwrap(), 9);
    running.shutdown().await.unwrap();
    moved_to(&target, data, &[]).await.unwrap();
    assert_eq!(target.amounts("b").await, "[3,8,9]");
    target.endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_cannot_take_is_named_before_anything_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    fill(data).await;
    let server = RestateServer::start().await;
    server.wait_until_queryable().await;
    let endpoint = Endpoint::builder().bind(SignupServer::new(Books));
    let endpoint = RunningEndpoint::start(endpoint, free_address()).await;
    server.register(endpoint.address()).await;
    let target = Destination { server, endpoint };
    let (code, error) = moved_to(&target, data, &[]).await.unwrap_err();
    assert_eq!(code, 7, "{error}");
    assert!(error.contains("the server has no `Ledger`, `Ledger/add`, "), "{error}");

    let nowhere = ["move", "--data", data.to_str().unwrap(), "--to", "http://127.0.0.1:1"];
    let (code, error) =
        run(&[&nowhere[..], &["--to-admin", "http://127.0.0.1:1"]].concat()).await.unwrap_err();
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("the Restate server does not answer"), "{error}");
    target.endpoint.stop().await;
}
