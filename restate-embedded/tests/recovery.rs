//! Recovery after a crash. Dropping an engine stops it as a crash does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{pin::pin, time::Duration};

use restate_core::{
    Service,
    attempt::{HandlerFuture, HandlerRequest},
    contract::ServiceDescriptor,
};
use restate_embedded::{Engine, EngineBuildError, EngineBuilder, InvocationId};
use support::{World, call, counter};
use tempfile::TempDir;

async fn start(world: &World, directory: &TempDir) -> Engine {
    engine(world, directory).start().await.unwrap()
}

fn engine(world: &World, directory: &TempDir) -> EngineBuilder {
    world.engine().data_dir(directory.path())
}

#[tokio::test]
async fn b14_an_interrupted_handler_continues_without_repeating_its_steps() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let sent = call::<_, _, String>(&first.client(), "gated", "x".to_owned());
    let id = sent.one_way().await.unwrap().invocation_id().clone();
    world.until("waiting x").await;
    // What a client is told is on the disk, and everything before it, such as the step's result.
    call::<_, _, String>(&first.client(), "echo", "now".to_owned()).await.unwrap();
    drop(first);

    let second = start(&world, &directory).await;
    world.open_gate();
    assert_eq!(second.client().invocation(&id).attach::<String>().await.unwrap(), "x");
    assert_eq!(world.lines(), ["before x", "waiting x", "echo now", "waiting x", "after x"]);
}

#[tokio::test]
async fn d11_a_delayed_call_survives() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let sent = call::<_, _, String>(&first.client(), "echo", "late".to_owned());
    let id = sent.delayed(Duration::from_millis(50)).await.unwrap().invocation_id().clone();
    drop(first);
    assert_eq!(world.lines(), [""; 0]);

    let second = start(&world, &directory).await;
    assert_eq!(second.client().invocation(&id).attach::<String>().await.unwrap(), "late");
    assert_eq!(world.lines(), ["echo late"]);
}

#[tokio::test]
async fn a_sleep_and_a_suspended_handler_survive() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let suspending = engine(&world, &directory).inactivity_timeout(Duration::ZERO);
    let first = suspending.start().await.unwrap();
    let id = call::<_, _, u64>(&first.client(), "sleep", 50_u64)
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    world.until("asleep").await;
    first.shutdown().await.unwrap();

    let second = start(&world, &directory).await;
    assert_eq!(second.client().invocation(&id).attach::<u64>().await.unwrap(), 50);
    assert_eq!(world.lines().iter().filter(|line| *line == "awake").count(), 1);
}

#[tokio::test]
async fn invocations_that_wait_for_a_key_keep_their_order() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let client = first.client();
    let mut ids = Vec::new();
    for n in 1..=3 {
        let sent = counter::<_, i64, i64>(&client, "k", "add_slowly", n).one_way();
        ids.push(sent.await.unwrap().invocation_id().clone());
    }
    world.until("adding 1").await;
    drop((client, first));

    let second = start(&world, &directory).await;
    let mut totals = Vec::new();
    for id in ids {
        world.open_gate();
        totals.push(second.client().invocation(id).attach::<i64>().await.unwrap());
    }
    assert_eq!(totals, [1, 3, 6]);
    assert_eq!(world.lines(), ["adding 1", "adding 1", "adding 2", "adding 3"]);
}

#[tokio::test]
async fn state_and_results_survive() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let added = counter::<_, i64, i64>(&first.client(), "k", "add", 5);
    assert_eq!(added.idempotency_key("once").await.unwrap(), 5);
    first.shutdown().await.unwrap();

    let second = start(&world, &directory).await;
    let again = counter::<_, i64, i64>(&second.client(), "k", "add", 5);
    assert_eq!(again.idempotency_key("once").await.unwrap(), 5);
    let total: i64 = counter(&second.client(), "k", "get", ()).await.unwrap();
    assert_eq!(total, 5);
}

#[tokio::test]
async fn a_called_handler_that_ends_after_a_restart_returns_to_its_caller() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let client = first.client();
    let gated = call::<_, _, String>(&client, "gated", "x".to_owned())
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    world.until("waiting x").await;
    let attached = call::<_, _, String>(&client, "attach", gated.to_string());
    let attached: InvocationId = attached.one_way().await.unwrap().invocation_id().clone();
    world.until("attaching").await;
    drop((client, first));

    let second = start(&world, &directory).await;
    world.open_gate();
    assert_eq!(
        second.client().invocation(&attached).attach::<String>().await.unwrap(),
        "attached x"
    );
}

#[tokio::test]
async fn invocations_of_an_unbound_service_wait_until_it_is_bound() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let id = call::<_, _, String>(&first.client(), "gated", "x".to_owned()).one_way();
    let id = id.await.unwrap().invocation_id().clone();
    world.until("waiting x").await;
    drop(first);

    let without = Engine::builder().data_dir(directory.path()).start().await.unwrap();
    without.shutdown().await.unwrap();
    assert_eq!(world.lines(), ["before x", "waiting x"]);

    let third = start(&world, &directory).await;
    world.open_gate();
    assert_eq!(third.client().invocation(&id).attach::<String>().await.unwrap(), "x");
}

#[tokio::test]
async fn a_shutdown_lets_a_waiting_handler_suspend() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let id = call::<_, _, u64>(&first.client(), "sleep", 20_u64)
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    world.until("asleep").await;
    first.shutdown().await.unwrap();
    let second = start(&world, &directory).await;
    assert_eq!(second.client().invocation(&id).attach::<u64>().await.unwrap(), 20);
}

#[tokio::test]
async fn a_shutdown_ends_at_its_timeout_and_the_next_start_resumes() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let impatient = engine(&world, &directory).shutdown_timeout(Duration::from_millis(20));
    let first = impatient.start().await.unwrap();
    let id = call::<_, _, String>(&first.client(), "gated", "x".to_owned()).one_way();
    let id = id.await.unwrap().invocation_id().clone();
    world.until("waiting x").await;
    first.shutdown().await.unwrap();
    let second = start(&world, &directory).await;
    world.open_gate();
    assert_eq!(second.client().invocation(&id).attach::<String>().await.unwrap(), "x");
    assert_eq!(world.lines(), ["before x", "waiting x", "waiting x", "after x"]);
}

#[tokio::test]
async fn a_shutdown_waits_for_handlers_that_are_about_to_end() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let client = first.client();
    let waiting =
        tokio::spawn(async move { call::<_, _, String>(&client, "gated", "x".to_owned()).await });
    world.until("waiting x").await;
    let client = first.client();
    let mut shutdown = pin!(first.shutdown());
    assert!(futures::poll!(&mut shutdown).is_pending());
    // Calls that arrive from here on are stored for the next start.
    let kept = call::<_, _, String>(&client, "echo", "late".to_owned())
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    world.open_gate();
    assert_eq!(waiting.await.unwrap().unwrap(), "x");
    shutdown.await.unwrap();
    assert_eq!(world.lines(), ["before x", "waiting x", "after x"]);
    let second = start(&world, &directory).await;
    assert_eq!(second.client().invocation(&kept).attach::<String>().await.unwrap(), "late");
}

#[tokio::test]
async fn a_directory_belongs_to_one_engine() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = start(&world, &directory).await;
    let refused = engine(&world, &directory).start().await.unwrap_err();
    assert!(matches!(refused, EngineBuildError::DirectoryInUse { .. }), "{refused}");
    assert!(refused.to_string().contains(&*directory.path().to_string_lossy()), "{refused}");
    first.shutdown().await.unwrap();
    start(&world, &directory).await;
}

struct Reserved;

impl Service for Reserved {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        static RESERVED: ServiceDescriptor = ServiceDescriptor::service("restateful", &[]);
        &RESERVED
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

#[tokio::test]
async fn a_start_that_fails_names_what_it_cannot_use() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let file = directory.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let refused = world.engine().data_dir(&file).start().await.unwrap_err();
    assert!(matches!(refused, EngineBuildError::Directory { .. }), "{refused}");

    let refused = world.engine().bind(support::Counter::default()).in_memory().start().await;
    let refused = refused.unwrap_err();
    assert!(refused.to_string().contains("`Counter` is bound twice"), "{refused}");

    let refused = world.engine().bind(Reserved).in_memory().start().await.unwrap_err();
    assert!(refused.to_string().contains("`restateful` has a name that Restate reserves"));

    let refused = world.engine().in_memory().ingress("localhost").start().await.unwrap_err();
    assert!(matches!(refused, EngineBuildError::Listen(_)), "{refused}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = world.engine().in_memory().ingress(address).start().await.unwrap_err();
    assert!(refused.to_string().contains("is in use by another process"), "{refused}");
}

#[tokio::test]
async fn a_newer_schema_and_a_file_that_is_not_a_database_are_refused() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    start(&world, &directory).await.shutdown().await.unwrap();
    let database = directory.path().join("restate.sqlite");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    let refused = engine(&world, &directory).start().await.unwrap_err();
    assert!(refused.to_string().contains("has version 999"), "{refused}");

    for name in ["restate.sqlite", "restate.sqlite-wal", "restate.sqlite-shm"] {
        drop(std::fs::remove_file(directory.path().join(name)));
    }
    std::fs::write(&database, [b'x'; 8192]).unwrap();
    let refused = engine(&world, &directory).start().await.unwrap_err();
    assert!(matches!(refused, EngineBuildError::Database { .. }), "{refused}");
}
