use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use restate_core::{Payload, Retries, Service, ServiceOptions};
use tokio::sync::oneshot;

use super::{Divergence, Fault, Recording, TestHooks, faulty_store::FaultyStore};
use crate::{
    engine::{Builder, Client, ClientError, Engine},
    machine::Machine,
    model::{catalog::Catalog, id::InvocationId, target::Object},
    store::{MemoryStore, Store, StoreError, StoredInvocation},
};

/// Results and their journals are kept for so long, so that they can be looked at.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Configures a [`TestEngine`].
#[must_use = "an engine runs once it is started"]
#[derive(Clone, Default)]
pub struct TestBuilder {
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    retries: Retries,
    faults: Vec<Fault>,
}

impl TestBuilder {
    /// Adds a service.
    pub fn bind(self, service: impl Service) -> Self {
        self.bind_with(service, ServiceOptions::default())
    }

    /// Adds a service, with the settings that it is bound with in production.
    pub fn bind_with(mut self, service: impl Service, settings: impl Into<ServiceOptions>) -> Self {
        self.services.push((Arc::new(service), settings.into()));
        self
    }

    /// How failed handlers are tried again, unless their contract says otherwise; the delays pass at
    /// once.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Lets something go wrong; of several faults at the same place the first happens first.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the engine. Must be called inside a tokio runtime.
    ///
    /// # Panics
    ///
    /// When two services have the same name.
    pub async fn start(self) -> TestEngine {
        let hooks = Arc::new(TestHooks::new(self.faults.clone()));
        self.start_on(MemoryStore::default(), hooks).await
    }

    /// Plays a scenario undisturbed, and then again and again with an engine that dies: right
    /// before its first commit, right after it, before the second, and so on. After each death the
    /// scenario is played once more on a new engine, and has to end as it did undisturbed.
    ///
    /// A scenario makes calls that can be repeated: with idempotency keys. A workflow is started
    /// with `let run = client.run(..).one_way().await?`, which finds the one that was started
    /// before, and waited for with `test.client().attach(run).await`. Returns what it ends with.
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
    /// When a scenario fails, or ends in another way than undisturbed.
    pub async fn crash_everywhere<T: PartialEq + fmt::Debug>(
        self,
        scenario: impl AsyncFn(&TestEngine) -> Result<T, ClientError>,
    ) -> T {
        let test = self.clone().start().await;
        let undisturbed = scenario(&test).await.expect("the scenario succeeds undisturbed");
        for commit in 0.. {
            let (at, mut survived) = (|| Fault::commit(commit), true);
            for fault in [at().crash_before_commit(), at().crash_after_commit()] {
                let when = format!("{fault}");
                let test = self.clone().fault(fault).start().await;
                let outcome = scenario(&test).await;
                survived &= outcome.is_ok();
                let test = test.restart().await;
                let again = scenario(&test).await;
                assert_eq!(again.as_ref(), Ok(&undisturbed), "the engine died {when}");
            }
            if survived {
                break;
            }
        }
        undisturbed
    }

    async fn start_on(self, disk: MemoryStore, hooks: Arc<TestHooks>) -> TestEngine {
        let builder = Builder::new()
            .store(FaultyStore::new(disk.reopen(), Arc::clone(&hooks)))
            .retries(self.retries)
            .journal_retention(KEPT)
            // Every await suspends; while no attempt is under way, time can pass.
            .inactivity_timeout(Duration::ZERO)
            // A handler that does not come to an await has as long as in production.
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

impl fmt::Debug for TestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.services.iter().map(|(it, _)| it.descriptor().name()).collect();
        f.debug_struct("TestBuilder").field("services", &names).finish_non_exhaustive()
    }
}

/// An engine for tests: in memory, with a clock of its own.
///
/// See [the module](super) for an example.
#[derive(Debug)]
pub struct TestEngine {
    engine: Engine,
    disk: MemoryStore,
    hooks: Arc<TestHooks>,
    builder: TestBuilder,
}

impl TestEngine {
    /// An engine to be configured and started.
    pub fn builder() -> TestBuilder {
        TestBuilder::default()
    }

    /// Calls handlers. While a call is awaited and all handlers wait, time passes.
    pub fn client(&self) -> Client {
        self.engine.client()
    }

    /// How much time has passed in the test.
    pub fn elapsed(&self) -> Duration {
        self.hooks.clock().elapsed()
    }

    /// Lets this much time pass; returns when everything is done that was due until then.
    pub async fn advance(&self, by: Duration) {
        let (done, passed) = oneshot::channel();
        let hooks = Arc::clone(&self.hooks);
        // Dropped by an engine that has stopped, whose time does not pass: `passed` ends at once.
        let _ = self.engine.port().inspect(move |_, _| hooks.advance(by, done)).await;
        let _ = passed.await;
    }

    /// Ends the engine as a crash would, and starts another on what was stored.
    ///
    /// Faults that have happened as often as they were to do not happen again.
    pub async fn restart(self) -> Self {
        let Self { engine, disk, hooks, builder } = self;
        drop(engine);
        builder.start_on(disk, hooks).await
    }

    /// A value of an object's state, or `None`.
    ///
    /// # Panics
    ///
    /// When the value is no `T`, or the engine has stopped.
    pub async fn state<T: Payload>(&self, service: &str, key: &str, name: &str) -> Option<T> {
        let state = self.states(service, key).await;
        state.get(name).map(|bytes| {
            let bytes = bytes::Bytes::copy_from_slice(bytes);
            let encoding = T::FORMAT.encoding(None, &bytes).unwrap_or(T::FORMAT.preferred());
            T::decode(bytes, encoding).expect("the value is of the type that the test asks for")
        })
    }

    /// The state of an object as it is stored, by name.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn states(&self, service: &str, key: &str) -> BTreeMap<String, Vec<u8>> {
        let object = Object::new(service.to_owned(), key);
        let state = self.inspect(move |_, store| store.state(&object)).await;
        let state = state.expect("memory does not fail to be read");
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        state.into_iter().map(|(name, value)| (text(&name), value.to_vec())).collect()
    }

    /// The journal of an invocation, to be looked at, saved, or replayed against other code.
    ///
    /// `None` if there is no such invocation, or it was over for longer than its journal is kept:
    /// a day of the test's time, unless its contract says otherwise.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn record(&self, id: InvocationId) -> Option<Recording> {
        let read = move |_: &Machine, store: &mut dyn Store| {
            let Some(invocation) = store.invocation(id)? else { return Ok(None) };
            Ok::<_, StoreError>(Some((invocation, store.journal(id, u32::MAX)?)))
        };
        let found = self.inspect(read).await.expect("memory does not fail to be read");
        let (invocation, parts) = found?;
        let catalog = self.catalog();
        Recording::of(invocation, parts, &|target| catalog.handler(target))
    }

    /// The journals of all invocations of a handler, as `Shop/checkout`, in the order in which
    /// they came.
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
            recordings.extend(self.record(invocation.id).await);
        }
        recordings
    }

    /// Replays the journals of all invocations, cut off after each of their entries in turn.
    ///
    /// See [`Recording::replay`]: `run` closures are executed again.
    ///
    /// # Errors
    ///
    /// The first entry at which a handler does something else than before.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn replay(&self) -> Result<(), Box<Divergence>> {
        let catalog = self.catalog();
        for invocation in self.disk.invocations() {
            let Some(service) = catalog.service(&invocation.target.service) else { continue };
            if let Some(recording) = self.record(invocation.id).await {
                let contracts = |target: &_| catalog.handler(target);
                recording.replay_with(&**service, &contracts).await?;
            }
        }
        Ok(())
    }

    fn catalog(&self) -> &Catalog {
        &self.engine.port().catalog
    }

    async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> T {
        self.engine.port().inspect(look).await.expect("the engine has not stopped")
    }
}
