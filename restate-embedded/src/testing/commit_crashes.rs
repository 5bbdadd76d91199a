//! An engine whose store dies at every commit in turn must end where an undisturbed one does.

mod programs;

use std::{error::Error as _, future::pending, sync::Arc, time::Duration};

use restate_core::{
    Call, Context, HandlerResult, ObjectContext, Service, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};

use crate::{
    engine::{Client, ClientError, Engine, EngineBuilder},
    model::settings::Durability,
    store::{MemoryStore, SqliteStore, Store as _},
    testing::{Fault, FaultyStore, TestHooks, stall::Stall},
};

/// What the program adds up to: 1 + 10 + 100 + 1000 + 1000.
const TOTAL: i64 = 2111;

#[tokio::test]
async fn killed_before_any_commit_the_outcome_is_the_same() {
    assert!(die_at_every_commit(before, frequent).await > 8);
}

#[tokio::test]
async fn killed_after_any_commit_the_outcome_is_the_same() {
    assert!(die_at_every_commit(after, frequent).await > 8);
}

#[tokio::test]
async fn killed_at_any_commit_while_it_suspends_at_every_await_the_outcome_is_the_same() {
    let suspending = || frequent().inactivity_timeout(Duration::ZERO);
    assert!(die_at_every_commit(before, suspending).await > 8);
}

#[tokio::test]
async fn killed_at_any_commit_while_much_runs_ahead_the_outcome_is_the_same() {
    let rare = || engine().commit_delay(Duration::from_secs(60));
    assert!(die_at_every_commit(before, rare).await > 1);
    assert!(die_at_every_commit(after, rare).await > 1);
}

/// An engine that commits whenever something was written.
fn frequent() -> EngineBuilder {
    engine().commit_delay(Duration::ZERO)
}

/// Returns after how many commits the program had ended.
async fn die_at_every_commit(fault: fn(u32) -> Fault, engine: impl Fn() -> EngineBuilder) -> u32 {
    for commits in 0.. {
        let disk = MemoryStore::default();
        let store = dying(&disk, fault(commits));
        let first = engine().store(store).start().await.unwrap();
        let outcome = program(&first.client()).await;
        if outcome.is_err() {
            assert_eq!(outcome, Err(ClientError::Stopped), "killed at commit {commits}");
        }
        drop(first);

        let second = engine().store(disk.reopen()).start().await.unwrap();
        assert_eq!(program(&second.client()).await, Ok(TOTAL), "killed at commit {commits}");
        assert_eq!(total(&second.client()).await, Ok(TOTAL), "killed at commit {commits}");
        if outcome.is_ok() {
            return commits;
        }
    }
    unreachable!("the program ends")
}

#[tokio::test]
async fn a_store_that_fails_stops_the_engine_and_acknowledges_nothing() {
    let disk = MemoryStore::default();
    let store = dying(&disk, before(0));
    let engine = engine().store(store).start().await.unwrap();
    assert_eq!(program(&engine.client()).await, Err(ClientError::Stopped));
    assert_eq!(program(&engine.client()).await, Err(ClientError::Stopped));
    let error = engine.run_until(pending::<()>()).await.unwrap_err();
    assert_eq!(
        error.source().unwrap().to_string(),
        "the store could not commit: a fault has crashed it"
    );
    assert_eq!(disk.reopen().unfinished().unwrap(), []);
}

#[tokio::test]
async fn a_full_disk_stops_the_engine_and_loses_nothing_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let open =
        || SqliteStore::open(&directory.path().join("disk.sqlite"), Durability::Full).unwrap();
    let first = engine().store(open().with_pages(60)).start().await.unwrap();
    let fill = |client: &Client, n: i64| {
        let key = format!("{n} {}", "long ".repeat(200));
        Call::<_, _, i64>::new(client, Target::object("Sum", key, "add"), n)
    };
    let client = first.client();
    let mut stored = 0;
    while fill(&client, stored + 1).await == Ok(stored + 1) {
        stored += 1;
    }
    assert!(stored > 5, "{stored}");
    assert_eq!(fill(&client, 0).await, Err(ClientError::Stopped));
    let error = first.run_until(pending::<()>()).await.unwrap_err().to_string();
    assert!(error.contains("database or disk is full; make room on its disk"), "{error}");

    let second = engine().store(open()).start().await.unwrap();
    for n in 1..=stored {
        let key = format!("{n} {}", "long ".repeat(200));
        let total = Call::<_, _, i64>::new(&second.client(), Target::object("Sum", key, "add"), 0);
        assert_eq!(total.await, Ok(n));
    }
}

fn before(commit: u32) -> Fault {
    Fault::commit(commit).crash_before_commit()
}

fn after(commit: u32) -> Fault {
    Fault::commit(commit).crash_after_commit()
}

fn dying(disk: &MemoryStore, fault: Fault) -> FaultyStore {
    FaultyStore::new(disk.reopen(), Arc::new(TestHooks::new(vec![fault], Stall::default())))
}

fn engine() -> EngineBuilder {
    Engine::builder().bind(Program).bind(Sum)
}

/// Runs the program, unless it was run.
async fn program(client: &Client) -> Result<i64, ClientError> {
    Call::new(client, Target::service("Program", "run"), ()).idempotency_key("once").await
}

async fn total(client: &Client) -> Result<i64, ClientError> {
    Call::new(client, Target::object("Sum", "key", "add"), 0_i64).await
}

/// Uses everything whose effect could be lost or doubled.
struct Program;

impl Service for Program {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::service("Program", &[HandlerDescriptor::plain::<(), i64>("run")]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: Context<'a>, (): ()| async move {
            let add = |delta: i64| -> Call<Context<'a>, i64, i64> {
                Call::new(&ctx, Target::object("Sum", "key", "add"), delta)
            };
            add(1).await?;
            ctx.sleep(Duration::from_millis(1)).await?;
            let ten: i64 = ctx.run(|| async { Ok(10) }).await?;
            let now = add(ten).one_way().await?;
            let later = add(100).delayed(Duration::from_millis(1)).await?;
            later.attach::<i64>().await?;
            now.attach::<i64>().await?;
            let (left, right) = (add(1000).call(), add(1000).call());
            right.await?;
            left.await?;
            HandlerResult::Ok(add(0).await?)
        })
    }
}

/// Adds to a number it keeps.
struct Sum;

impl Service for Sum {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::object("Sum", &[HandlerDescriptor::exclusive::<i64, i64>("add")]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: ObjectContext<'a>, delta: i64| async move {
            let total = ctx.get("total").await?.unwrap_or(0) + delta;
            ctx.set("total", total);
            HandlerResult::Ok(total)
        })
    }
}
