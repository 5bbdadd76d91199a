//! What waits for the disk, and what does not: with a disk that syncs when the test says so.

use std::{
    mem,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use restate_core::{
    Call, Context, HandlerResult, Service, ServiceOptions, Settings, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use tokio::sync::Notify;

use crate::{
    engine::{Client, ClientError, Engine, EngineBuilder},
    store::{
        Intercept, InterceptedStore, MemoryStore, Reads as _, Store as _, StoreError, Syncer, Write,
    },
};

/// A disk.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<DiskState>);

#[derive(Debug, Default)]
struct DiskState {
    syncs: AtomicUsize,
    is_stuck: Mutex<bool>,
    changed: Condvar,
    fails: Mutex<bool>,
}

impl Disk {
    /// The number of syncs since the last call.
    fn take_syncs(&self) -> usize {
        self.0.syncs.swap(0, Ordering::SeqCst)
    }

    /// Syncs do not end from now on, or do so again.
    fn stick(&self, is_stuck: bool) {
        *self.0.is_stuck.lock().unwrap() = is_stuck;
        self.0.changed.notify_all();
    }

    fn break_down(&self) {
        *self.0.fails.lock().unwrap() = true;
    }
}

impl Syncer for Disk {
    fn sync(&self) -> Result<(), StoreError> {
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        let is_stuck = self.0.is_stuck.lock().unwrap();
        drop(self.0.changed.wait_while(is_stuck, |is_stuck| *is_stuck).unwrap());
        match mem::take(&mut *self.0.fails.lock().unwrap()) {
            true => Err(StoreError::new("sync its log", "the disk is broken")),
            false => Ok(()),
        }
    }
}

impl Intercept for Disk {
    fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
        memory.apply(write)
    }

    fn commit(&mut self, memory: &mut MemoryStore) -> Result<(), StoreError> {
        memory.commit()
    }

    fn syncer(&self) -> Option<Arc<dyn Syncer>> {
        Some(Arc::new(self.clone()))
    }
}

/// An engine that commits only when somebody waits.
fn engine(disk: &Disk, seen: &Seen) -> EngineBuilder {
    let store = InterceptedStore { memory: MemoryStore::default(), intercept: disk.clone() };
    Engine::builder()
        .commit_delay(Duration::from_secs(3600))
        .store(store)
        .bind(Program(seen.clone()))
}

/// What handlers have done.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<(Mutex<Vec<String>>, Notify)>);

impl Seen {
    fn add(&self, what: impl Into<String>) {
        self.0.0.lock().unwrap().push(what.into());
        self.0.1.notify_waiters();
    }

    async fn until(&self, what: &str) {
        loop {
            let changed = self.0.1.notified();
            if self.has(what) {
                return;
            }
            changed.await;
        }
    }

    fn has(&self, what: &str) -> bool {
        self.0.0.lock().unwrap().iter().any(|seen| seen == what)
    }
}

fn call(client: &Client, handler: &'static str) -> Call<Client, u32, u32> {
    Call::new(client, Target::service("Program", handler), 2)
}

#[tokio::test]
async fn a_tree_of_calls_costs_one_sync_and_each_step_one_more() {
    let (disk, seen) = (Disk::default(), Seen::default());
    let engine = engine(&disk, &seen).start().await.unwrap();
    let client = engine.client();
    disk.take_syncs();
    for (handler, syncs) in
        [("leaf", 1), ("chain", 1), ("tree", 1), ("steps", 4), ("queries", 1), ("parallel", 2)]
    {
        call(&client, handler).await.unwrap();
        assert_eq!(disk.take_syncs(), syncs, "{handler}");
    }
}

#[tokio::test]
async fn a_handler_runs_ahead_of_the_disk_and_its_reply_does_not() {
    let (disk, seen) = (Disk::default(), Seen::default());
    let engine = engine(&disk, &seen).start().await.unwrap();
    disk.stick(true);
    let mut replied = Box::pin(call(&engine.client(), "tree").call());
    assert!(futures::poll!(&mut replied).is_pending());
    seen.until("tree ends").await;
    assert!(futures::poll!(&mut replied).is_pending());
    disk.stick(false);
    replied.await.unwrap();
}

#[tokio::test]
async fn a_handler_waits_for_the_disk_if_it_has_to() {
    for per_service in [false, true] {
        let (disk, seen) = (Disk::default(), Seen::default());
        let strict = ServiceOptions::new(Settings::new().durable_start(true));
        let builder = match per_service {
            true => {
                let store =
                    InterceptedStore { memory: MemoryStore::default(), intercept: disk.clone() };
                Engine::builder().store(store).bind_with(Program(seen.clone()), strict)
            }
            false => engine(&disk, &seen).durable_start(true),
        };
        let engine = builder.start().await.unwrap();
        disk.take_syncs();
        disk.stick(true);
        let mut replied = Box::pin(call(&engine.client(), "leaf").call());
        assert!(futures::poll!(&mut replied).is_pending());
        // The sync of its acceptance has begun, so that the attempt exists.
        while disk.0.syncs.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!seen.has("leaf"));
        disk.stick(false);
        replied.await.unwrap();
        assert!(seen.has("leaf"));
        assert_eq!(disk.take_syncs(), 2, "one for its acceptance, and one for its reply");
    }
}

#[tokio::test]
async fn a_run_closure_waits_for_the_disk_unless_it_only_reads() {
    let (disk, seen) = (Disk::default(), Seen::default());
    let engine = engine(&disk, &seen).start().await.unwrap();
    disk.take_syncs();
    disk.stick(true);
    let client = engine.client();
    let mut steps = Box::pin(call(&client, "steps").call());
    assert!(futures::poll!(&mut steps).is_pending());
    while disk.0.syncs.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    // The sync of the first handler is under way, and the engine goes on.
    let mut queries = Box::pin(call(&client, "queries").call());
    assert!(futures::poll!(&mut queries).is_pending());
    seen.until("query 2").await;
    assert!(!seen.has("step 0"));
    disk.stick(false);
    steps.await.unwrap();
    queries.await.unwrap();
    assert!(seen.has("step 2"));
}

#[tokio::test]
async fn after_a_failed_sync_nobody_is_answered() {
    let (disk, seen) = (Disk::default(), Seen::default());
    let engine = engine(&disk, &seen).start().await.unwrap();
    let client = engine.client();
    disk.break_down();
    assert_eq!(call(&client, "leaf").await, Err(ClientError::Stopped));
    assert_eq!(call(&client, "leaf").await, Err(ClientError::Stopped));
    let error = engine.run_until(std::future::pending::<()>()).await.unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(text, "the store could not sync its log: the disk is broken");
}

#[tokio::test]
async fn what_nobody_waits_for_is_on_disk_after_the_delay() {
    let (disk, seen) = (Disk::default(), Seen::default());
    let engine = engine(&disk, &seen).commit_delay(Duration::from_millis(1)).start().await.unwrap();
    let _unanswered = call(&engine.client(), "waits").call();
    seen.until("waits").await;
    disk.take_syncs();
    // The handler goes on waiting, and nobody is answered.
    while disk.0.syncs.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

/// Handlers that call each other, and that have steps.
struct Program(Seen);

const PROGRAM: ServiceDescriptor = ServiceDescriptor::service(
    "Program",
    &[
        HandlerDescriptor::plain::<u32, u32>("leaf"),
        HandlerDescriptor::plain::<u32, u32>("chain"),
        HandlerDescriptor::plain::<u32, u32>("tree"),
        HandlerDescriptor::plain::<u32, u32>("steps"),
        HandlerDescriptor::plain::<u32, u32>("queries"),
        HandlerDescriptor::plain::<u32, u32>("parallel"),
        HandlerDescriptor::plain::<u32, u32>("waits"),
    ],
);

impl Service for Program {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        &PROGRAM
    }

    fn handle<'a>(&'a self, handler: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
        let seen = &self.0;
        match handler {
            "leaf" => request.handle(move |_: Context<'a>, n: u32| async move {
                seen.add("leaf");
                HandlerResult::Ok(n)
            }),
            "chain" => request.handle(move |ctx: Context<'a>, n: u32| async move {
                HandlerResult::Ok(inner(&ctx, "leaf", n).await?)
            }),
            "tree" => request.handle(move |ctx: Context<'a>, n: u32| async move {
                // Of three calls, each makes three, with `n` of 2.
                let below = if n > 1 { "tree" } else { "leaf" };
                let calls = [(); 3].map(|()| inner(&ctx, below, n.saturating_sub(1)).call());
                for call in calls {
                    call.await?;
                }
                if n == 2 {
                    seen.add("tree ends");
                }
                HandlerResult::Ok(n)
            }),
            "steps" => request.handle(move |ctx: Context<'a>, n: u32| async move {
                for step in 0..3 {
                    ctx.run(|| async move {
                        seen.add(format!("step {step}"));
                        Ok(step)
                    })
                    .await?;
                }
                HandlerResult::Ok(n)
            }),
            "queries" => request.handle(move |ctx: Context<'a>, n: u32| async move {
                for query in 0..3 {
                    let query = ctx.run(|| async move {
                        seen.add(format!("query {query}"));
                        Ok(query)
                    });
                    query.read_only().await?;
                }
                HandlerResult::Ok(n)
            }),
            "parallel" => request.handle(move |ctx: Context<'a>, n: u32| async move {
                let step = || ctx.run(|| async { Ok(1) });
                let (one, other): (Result<u32, _>, Result<u32, _>) = tokio::join!(step(), step());
                HandlerResult::Ok(n + one? + other?)
            }),
            _ => request.handle(move |ctx: Context<'a>, n: u32| async move {
                seen.add("waits");
                ctx.sleep(Duration::from_secs(3600)).await?;
                HandlerResult::Ok(n)
            }),
        }
    }
}

fn inner<'a>(ctx: &Context<'a>, handler: &'static str, n: u32) -> Call<Context<'a>, u32, u32> {
    Call::new(ctx, Target::service("Program", handler), n)
}
