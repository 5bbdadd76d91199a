use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use restate_core::{Payload, Service};

use super::{Fault, Recording, VirtualClock};
use crate::{
    builder::Builder,
    client::Client,
    engine::Engine,
    id::InvocationId,
    machine::Machine,
    settings::Backoff,
    store::{MemoryStore, Store},
    target::Object,
};

/// Journals are kept as long as results, so that they can be looked at.
const JOURNALS: Duration = Duration::from_secs(24 * 60 * 60);

/// Configures a [`TestEngine`].
#[must_use = "an engine runs once it is started"]
#[derive(Clone, Default)]
pub struct TestBuilder {
    services: Vec<Arc<dyn Service>>,
    backoff: Backoff,
    fault: Option<Fault>,
}

impl TestBuilder {
    /// Adds a service.
    pub fn bind(mut self, service: impl Service) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    /// How failed handlers are tried again; the delays pass at once.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Lets the disk fail.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Starts the engine. Must be called inside a tokio runtime.
    ///
    /// # Panics
    ///
    /// When two services have the same name.
    pub async fn start(self) -> TestEngine {
        self.start_on(MemoryStore::default(), Arc::default()).await
    }

    async fn start_on(self, disk: MemoryStore, clock: Arc<VirtualClock>) -> TestEngine {
        let store = disk.reopen_with(self.fault);
        let builder = Builder::new()
            .store(store)
            .backoff(self.backoff.clone())
            .journal_retention(JOURNALS)
            // Every await suspends; while no attempt is under way, time can pass.
            .inactivity_timeout(Duration::ZERO);
        let services = self.services.iter().map(Arc::clone);
        let builder = services.fold(builder.clock(Arc::clone(&clock)), Builder::bind_shared);
        let engine = builder.start().await;
        let engine = engine.expect("an engine in memory starts, unless two services share a name");
        TestEngine { engine, disk, clock, builder: self }
    }
}

impl fmt::Debug for TestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.services.iter().map(|it| it.descriptor().name()).collect();
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
    clock: Arc<VirtualClock>,
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
        self.clock.elapsed()
    }

    /// Lets this much time pass; returns when everything is done that was due until then.
    pub async fn advance(&self, by: Duration) {
        self.engine.advance(by).await;
    }

    /// Ends the engine as a crash would, and starts another on what was stored; its disk is sound.
    pub async fn restart(self) -> Self {
        let Self { engine, disk, clock, mut builder } = self;
        drop(engine);
        builder.fault = None;
        builder.start_on(disk, clock).await
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

    /// The journal of an invocation, to be saved, or replayed against other code.
    ///
    /// Without its journal, as nothing is kept of invocations that are over, `None`; those with an
    /// idempotency key and those that were sent keep it.
    ///
    /// # Panics
    ///
    /// When the engine has stopped.
    pub async fn record(&self, id: InvocationId) -> Option<Recording> {
        let read = move |_: &Machine, store: &mut dyn Store| {
            let invocation = store.invocation(id)?;
            Ok::<_, crate::store::StoreError>((invocation, store.journal(id, u32::MAX)?))
        };
        let found = self.inspect(read).await;
        let (invocation, parts) = found.expect("memory does not fail to be read");
        Recording::of(invocation?, parts)
    }

    async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> T {
        self.engine.inspect(look).await.expect("the engine has not stopped")
    }
}
