//! What an engine counts, as Prometheus reads it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use restate_core::RetryPolicy;
use restate_embedded::{Engine, EngineBuilder, Tokens};
use support::{
    World, call, counter,
    http::{get, request},
};

/// The samples of a response, by metric and labels.
struct Figures(HashMap<String, String>);

impl Figures {
    fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self(samples.collect())
    }

    fn of(engine: &Engine) -> Self {
        Self::read(&engine.metrics())
    }

    /// The count of a handler, with further labels.
    fn handler(&self, metric: &str, path: &str, more: &str) -> u64 {
        let (service, handler) = path.split_once('/').unwrap();
        let more = if more.is_empty() { String::new() } else { format!(",{more}") };
        self.count(&format!("{metric}{{service=\"{service}\",handler=\"{handler}\"{more}}}"))
    }

    fn count(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap()
    }

    fn value(&self, name: &str) -> f64 {
        self.text(name).parse().unwrap()
    }

    #[track_caller]
    fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("no sample `{name}`"))
    }
}

async fn start(world: &World, directory: &tempfile::TempDir) -> Engine {
    let builder: EngineBuilder = world.engine().data_dir(directory.path().join("data"));
    builder.ingress("127.0.0.1:0").admin("127.0.0.1:0").start().await.unwrap()
}

async fn post(address: SocketAddr, path: &str) -> u16 {
    let headers = [("content-type", "application/json")];
    request(address, &format!("POST {path}"), &headers, b"\"x\"").await.status
}

#[tokio::test]
async fn requests_are_counted_by_handler_and_outcome_and_unknown_names_under_one_label() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let ingress = engine.ingress_addr().unwrap();
    assert_eq!(post(ingress, "/Worker/echo").await, 200);
    assert_eq!(post(ingress, "/Worker/echo/send").await, 202);
    assert_eq!(post(ingress, "/Worker/fail").await, 418);
    assert_eq!(post(ingress, "/Worker/sleep").await, 400);
    for name in ["/Nobody/home", "/Worker/nobody", "/Some/other"] {
        assert_eq!(post(ingress, name).await, 404);
    }
    assert_eq!(get(ingress, "/restate/health").await.status, 200);

    let figures = Figures::of(&engine);
    let requests = |path, outcome: &str| figures.handler("restate_requests_total", path, outcome);
    assert_eq!(requests("Worker/echo", "outcome=\"succeeded\""), 2);
    assert_eq!(requests("Worker/fail", "outcome=\"failed\""), 1);
    assert_eq!(requests("Worker/sleep", "outcome=\"refused\""), 1);
    assert_eq!(requests("(unknown)/(unknown)", "outcome=\"refused\""), 3);
    let time = "restate_request_duration_seconds";
    assert_eq!(figures.handler(&format!("{time}_count"), "Worker/echo", ""), 2);
    let within = figures.handler(&format!("{time}_bucket"), "Worker/echo", "le=\"3600\"");
    assert_eq!(within, 2);
    let sum = "restate_request_duration_seconds_sum{service=\"Worker\",handler=\"echo\"}";
    assert!(figures.value(sum) > 0.0);
    let names = figures.0.keys().filter(|name| name.contains("obody"));
    assert_eq!(names.count(), 0, "a client must not add series");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn invocations_are_counted_from_their_arrival_to_their_end() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let client = engine.client();
    let status = |path: &'static str, status: &str| {
        let label = format!("status=\"{status}\"");
        Figures::of(&engine).handler("restate_invocations", path, &label)
    };
    // The first has the key, the second waits for it.
    let first = counter::<_, _, i64>(&client, "k", "add_slowly", 1_i64).one_way().await.unwrap();
    let second = counter::<_, _, i64>(&client, "k", "add", 1_i64).one_way().await.unwrap();
    world.until("adding 1").await;
    assert_eq!(status("Counter/add_slowly", "running"), 1);
    assert_eq!(status("Counter/add", "pending"), 1);
    world.open_gate();
    let _: i64 = first.attach().await.unwrap();
    let _: i64 = second.attach().await.unwrap();
    assert_eq!(status("Counter/add_slowly", "running") + status("Counter/add", "pending"), 0);

    let relayed: String = call(&client, "relay", "x".to_owned()).await.unwrap();
    assert_eq!(relayed, "relayed x");
    call::<_, _, String>(&client, "fail", "no".to_owned()).await.unwrap_err();
    let figures = Figures::of(&engine);
    let completed =
        |path, outcome: &str| figures.handler("restate_invocations_completed_total", path, outcome);
    assert_eq!(completed("Worker/relay", "outcome=\"succeeded\""), 1);
    assert_eq!(completed("Worker/echo", "outcome=\"succeeded\""), 1);
    assert_eq!(completed("Worker/fail", "outcome=\"failed\""), 1);
    let created = figures.handler("restate_invocations_created_total", "Worker/echo", "");
    assert_eq!(created, 1);
    let ended = figures.handler("restate_invocation_duration_seconds_count", "Counter/add", "");
    assert_eq!(ended, 1);
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn attempts_retries_and_suspensions_are_counted() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let policy = RetryPolicy::new().initial_interval(Duration::from_millis(1));
    let builder = world.engine().data_dir(directory.path()).retry_policy(policy);
    let engine = builder.inactivity_timeout(Duration::ZERO).start().await.unwrap();
    let client = engine.client();
    world.set_broken(true);
    let broken = call::<_, _, String>(&client, "break", "x".to_owned()).one_way().await.unwrap();
    world.until("try x").await;
    world.set_broken(false);
    let _: String = broken.attach().await.unwrap();
    let slept: u64 = call(&client, "sleep", 50_u64).await.unwrap();
    assert_eq!(slept, 50);

    let figures = Figures::of(&engine);
    let count = |metric: &str, path| figures.handler(metric, path, "");
    let (attempts, failed) = ("restate_attempts_total", "restate_attempts_failed_total");
    assert!(count(failed, "Worker/break") >= 1);
    assert_eq!(count("restate_retries_total", "Worker/break"), count(failed, "Worker/break"));
    assert_eq!(count(attempts, "Worker/break"), count(failed, "Worker/break") + 1);
    assert_eq!(count("restate_suspensions_total", "Worker/sleep"), 1);
    assert_eq!(count(attempts, "Worker/sleep"), 2);
    assert_eq!(figures.count("restate_timers_fired_total{kind=\"sleep\"}"), 1);
    assert_eq!(figures.count("restate_timer_lateness_seconds_count"), 1);
    assert_eq!(figures.count("restate_timers_overdue_seconds"), 0);
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn timers_are_counted_until_they_are_fired_also_by_the_next_engine() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let pending = |engine: &Engine| Figures::of(engine).count("restate_timers_pending");
    assert_eq!(pending(&engine), 0);
    let (hour, client) = (Duration::from_secs(3600), engine.client());
    let later = call::<_, _, String>(&client, "echo", "x".to_owned());
    later.delayed(hour).await.unwrap();
    let sleep = call::<_, _, u64>(&client, "sleep", 3_600_000_u64).one_way().await.unwrap();
    // When the sleep is recorded, nothing else tells.
    while pending(&engine) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pending(&engine), 2);
    drop(client);
    engine.shutdown().await.unwrap();

    let engine = start(&world, &directory).await;
    assert_eq!(pending(&engine), 2);
    let again = engine.client().invocation(sleep.invocation_id().as_str());
    again.kill().await.unwrap();
    again.attach::<u64>().await.unwrap_err();
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn commits_syncs_files_and_the_process_are_measured() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, &directory).await;
    let before = Figures::of(&engine);
    let _: String = call(&engine.client(), "steps", "x".to_owned()).await.unwrap();
    let after = Figures::of(&engine);
    let more = |name: &str| after.count(name) - before.count(name);
    let grown = |name: &str| after.value(name) - before.value(name);
    // One before each of three steps, and one before the reply; more if the machine is slow.
    let commits = more("restate_commits_total");
    assert!(commits >= 4, "{commits}");
    assert_eq!(more("restate_commit_writes_count"), commits);
    assert!(more("restate_commit_writes_sum") >= commits);
    assert_eq!(more("restate_sync_duration_seconds_count"), commits);
    assert!(grown("restate_sync_duration_seconds_sum") > 0.0);
    assert!(after.count("restate_database_size_bytes") >= 4096);
    assert!(after.count("restate_log_size_bytes") >= 4096);
    if cfg!(target_os = "linux") {
        assert!(after.value("process_resident_memory_bytes") > 1e6);
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn prometheus_needs_a_token_for_reading() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let builder = world.engine().data_dir(directory.path().join("data")).admin("127.0.0.1:0");
    let tokens = Tokens::text("prometheus read reader-0123456789");
    let engine = builder.admin_tokens(tokens).start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    assert_eq!(get(admin, "/metrics").await.status, 401);
    let token = [("authorization", "Bearer reader-0123456789")];
    let response = request(admin, "GET /metrics", &token, b"").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let figures = Figures::read(response.text());
    assert_eq!(figures.handler("restate_invocations_created_total", "Worker/echo", ""), 0);
    let post = [("content-type", "application/json"), token[0]];
    assert_eq!(request(admin, "POST /metrics", &post, b"").await.status, 403);
    engine.shutdown().await.unwrap();
}
