use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use restate_core::{
    InvocationId, OnMaxAttempts, Payload, RetryPolicy, Service, ServiceOptions, call::decode_likely,
};
use tokio::sync::oneshot;

use super::{Divergence, Fault, Recording, TestHooks, faulty_store::FaultyStore, stall::Stall};
use crate::{
    engine::{Client, ClientError, Engine, EngineBuilder},
    machine::Machine,
    model::{catalog::Catalog, id, size_limits::SizeLimits, target::Object},
    store::{MemoryStore, Store, StoreError, StoredInvocation},
};

/// How long journals are kept: as long as results, so that tests can look at them.
const JOURNAL_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Configures a [`TestEngine`].
#[must_use = "call `.start()` to run the engine"]
#[derive(Clone, Default)]
pub struct TestEngineBuilder {
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    retry_policy: RetryPolicy,
    on_max_attempts: Option<OnMaxAttempts>,
    faults: Vec<Fault>,
    size_limits: SizeLimits,
    stall_timeout: Option<Duration>,
}

impl TestEngineBuilder {
    /// Adds a service.
    pub fn bind(self, service: impl Service) -> Self {
        self.bind_with(service, ServiceOptions::default())
    }

    /// Adds a service with the settings that production binds it with.
    pub fn bind_with(mut self, service: impl Service, settings: impl Into<ServiceOptions>) -> Self {
        self.services.push((Arc::new(service), settings.into()));
        self
    }

    /// How failed invocations are retried, unless their contract says otherwise. Delays take no real
    /// time.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// What happens after the last attempt of a retry policy, unless a contract says otherwise.
    pub fn on_max_attempts(mut self, action: OnMaxAttempts) -> Self {
        self.on_max_attempts = Some(action);
        self
    }

    /// As [`EngineBuilder::message_limit`].
    pub fn message_limit(mut self, bytes: usize) -> Self {
        self.size_limits.message = bytes;
        self
    }

    /// As [`EngineBuilder::value_limit`].
    pub fn value_limit(mut self, bytes: usize) -> Self {
        self.size_limits.value = bytes;
        self
    }

    /// As [`EngineBuilder::state_limit`].
    pub fn state_limit(mut self, bytes: u64) -> Self {
        self.size_limits.state = bytes;
        self
    }

    /// As [`EngineBuilder::journal_limit`].
    pub fn journal_limit(mut self, bytes: u64) -> Self {
        self.size_limits.journal = bytes;
        self
    }

    /// How long, in real time, a test may wait while nothing can happen; default 10 s.
    ///
    /// Nothing can happen when every invocation waits for something that no timer and no other
    /// invocation brings about, such as an awakeable that the test has not completed, or its own result.
    /// Then calls of clients fail with code 508, and the message says what each invocation waits for.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = Some(timeout);
        self
    }

    /// Injects a fault. Faults at the same point happen in the order in which they were added.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the engine. Must be called inside a tokio runtime.
    ///
    /// # Panics
    ///
    /// When two services have the same name, or the message limit is too high.
    pub async fn start(self) -> TestEngine {
        let stall = self.stall_timeout.map(Stall::new).unwrap_or_default();
        let hooks = Arc::new(TestHooks::new(self.faults.clone(), stall));
        self.start_on(MemoryStore::default(), hooks).await
    }

    /// Plays a scenario without faults, and then with a crash of the engine: right before its first
    /// commit, right after it, before the second, and so on. After each crash the scenario is
    /// repeated on a restarted engine, and must end with the same result. Returns that result.
    ///
    /// A scenario must be repeatable: it calls handlers with idempotency keys, and starts workflows
    /// with `let run = client.run(..).one_way().await?`, which finds a workflow that was started
    /// before, and waits for it with `run.attach().await`.
    ///
    /// ```
    /// # use restate_core::{Call, Context, HandlerResult, Target, service};
    /// # use restate_embedded::testing::TestEngine;
    /// # #[service]
    /// # trait Shop { async fn order(&self, ctx: Context<'_>, item: String) -> HandlerResult<u64>; }
    /// # struct Books;
    /// # impl Shop for Books {
    /// #     async fn order(&self, ctx: Context<'_>, _: String) -> HandlerResult<u64> {
    /// #         Ok(ctx.run(|| async { Ok(7) }).await?)
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let test = TestEngine::builder().bind(ShopServer::new(Books));
    /// let price = test
    ///     .crash_everywhere(async |test| {
    ///         let shop = ShopClient::new(test.client());
    ///         shop.order("book".to_owned()).idempotency_key("order-1").await
    ///     })
    ///     .await;
    /// assert_eq!(price, 7);
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// When the scenario fails, or ends with another result after a crash.
    pub async fn crash_everywhere<T: PartialEq + fmt::Debug>(
        self,
        scenario: impl AsyncFn(&TestEngine) -> Result<T, ClientError>,
    ) -> T {
        let test = self.clone().start().await;
        let undisturbed = scenario(&test).await.expect("the scenario succeeds without faults");
        for commit in 0.. {
            let (at, mut survived) = (|| Fault::commit(commit), true);
            for fault in [at().crash_before_commit(), at().crash_after_commit()] {
                let when = format!("{fault}");
                let test = self.clone().fault(fault).start().await;
                let outcome = scenario(&test).await;
                survived &= outcome.is_ok();
                let test = test.restart().await;
                let again = scenario(&test).await;
                assert_eq!(again.as_ref(), Ok(&undisturbed), "the engine crashed {when}");
            }
            if survived {
                break;
            }
        }
        undisturbed
    }

    async fn start_on(self, disk: MemoryStore, hooks: Arc<TestHooks>) -> TestEngine {
        let builder = EngineBuilder::new()
            .store(FaultyStore::new(disk.reopen(), Arc::clone(&hooks)))
            .retry_policy(self.retry_policy)
            .on_max_attempts(self.on_max_attempts.unwrap_or(OnMaxAttempts::Pause))
            .journal_retention(JOURNAL_RETENTION)
            .size_limits(self.size_limits)
            // Every await suspends, so that no attempt runs while time passes.
            .inactivity_timeout(Duration::ZERO)
            // An attempt that cannot suspend is stopped as late as in production.
            .abort_timeout(Duration::from_secs(11 * 60));
        let services = self.services.iter().cloned();
        let builder = services
            .fold(builder.under_test(Arc::new(Arc::clone(&hooks))), |builder, (service, it)| {
                builder.bind_shared(service, it)
            });
        let engine = builder.start().await;
        let engine = engine.expect("an engine in memory starts, unless two services share a name");
        TestEngine { engine, disk, hooks, builder: self }
    }
}

impl fmt::Debug for TestEngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.services.iter().map(|(it, _)| it.descriptor().name()).collect();
        f.debug_struct("TestEngineBuilder").field("services", &names).finish_non_exhaustive()
    }
}

/// An engine in memory with a virtual clock, for tests of handlers.
///
/// See [the module](super) for an example.
#[derive(Debug)]
pub struct TestEngine {
    engine: Engine,
    disk: MemoryStore,
    hooks: Arc<TestHooks>,
    builder: TestEngineBuilder,
}

impl TestEngine {
    /// Configures a test engine.
    pub fn builder() -> TestEngineBuilder {
        TestEngineBuilder::default()
    }

    /// A client that calls handlers. While the test awaits a call and all handlers wait, time passes. If
    /// there is nothing left that time could bring, the call fails with an explanation; see
    /// [`stall_timeout`](TestEngineBuilder::stall_timeout).
    pub fn client(&self) -> Client {
        self.engine.client()
    }

    /// How much virtual time has passed.
    pub fn elapsed(&self) -> Duration {
        self.hooks.clock().elapsed()
    }

    /// Lets this much virtual time pass; returns when everything is done that was due until then.
    pub async fn advance(&self, by: Duration) {
        let (done, passed) = oneshot::channel();
        let hooks = Arc::clone(&self.hooks);
        // A stopped engine drops `done`, which ends the wait.
        let _ = self.engine.handle().inspect(move |_, _| hooks.advance(by, done)).await;
        let _ = passed.await;
    }

    /// Crashes the engine, and starts another one on what it has stored.
    ///
    /// Faults that have happened as many times as they should do not happen again.
    pub async fn restart(self) -> Self {
        let Self { engine, disk, hooks, builder } = self;
        drop(engine);
        builder.start_on(disk, hooks).await
    }

    /// A value in the state of an object, if it is set.
    ///
    /// # Panics
    ///
    /// When the value cannot be decoded as `T`, or the engine has stopped.
    pub async fn state<T: Payload>(&self, service: &str, key: &str, name: &str) -> Option<T> {
        let state = self.states(service, key).await;
        state.get(name).map(|bytes| {
            let bytes = bytes::Bytes::copy_from_slice(bytes);
            decode_likely(bytes, T::FORMAT.preferred())
                .expect("the value decodes as the type that the test asks for")
        })
    }

    /// The encoded state of an object, by name.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn states(&self, service: &str, key: &str) -> BTreeMap<String, Vec<u8>> {
        let object = Object::new(service.to_owned(), key);
        let state = self.inspect(move |_, store| store.state(&object, u64::MAX)).await;
        let state = state.expect("reading memory cannot fail");
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        state.into_iter().flatten().map(|(name, value)| (text(&name), value.to_vec())).collect()
    }

    /// The journal of an invocation, to be read, saved, or replayed against other code.
    ///
    /// `None` if the invocation does not exist, or its journal is not retained any more: a day of
    /// virtual time after its completion, unless its contract says otherwise.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn record(&self, id: impl Into<InvocationId>) -> Option<Recording> {
        self.record_stored(id.into().parse().ok()?).await
    }

    async fn record_stored(&self, id: id::InvocationId) -> Option<Recording> {
        let read = move |_: &Machine, store: &mut dyn Store| {
            let Some(invocation) = store.invocation(id)? else { return Ok(None) };
            Ok::<_, StoreError>(Some((invocation, store.journal(id, u32::MAX)?)))
        };
        let found = self.inspect(read).await.expect("reading memory cannot fail");
        let (invocation, parts) = found?;
        let catalog = self.catalog();
        Recording::of(invocation, parts, &catalog)
    }

    /// The journals of all invocations of a handler, such as `Shop/checkout`, in the order of their
    /// arrival.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn recordings(&self, handler: &str) -> Vec<Recording> {
        let of = |invocation: &StoredInvocation| {
            let target = &invocation.target;
            handler.split_once('/') == Some((&target.service, &target.handler))
        };
        let mut recordings = Vec::new();
        for invocation in self.disk.invocations().into_iter().filter(of) {
            recordings.extend(self.record_stored(invocation.id).await);
        }
        recordings
    }

    /// Replays the journals of all invocations, cut off after each of their entries in turn.
    ///
    /// See [`Recording::replay`]: `run` closures are executed again.
    ///
    /// # Errors
    ///
    /// The first entry at which a handler departs from its journal.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn replay(&self) -> Result<(), Box<Divergence>> {
        let catalog = self.catalog();
        for invocation in self.disk.invocations() {
            let Some(service) = catalog.service(&invocation.target.service) else { continue };
            if let Some(recording) = self.record_stored(invocation.id).await {
                recording.replay_with(&**service, &catalog).await?;
            }
        }
        Ok(())
    }

    fn catalog(&self) -> Catalog {
        self.engine.handle().catalog()
    }

    async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> T {
        self.engine.handle().inspect(look).await.expect("the engine has not stopped")
    }
}
