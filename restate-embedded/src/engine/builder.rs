#[cfg(feature = "deployments")]
mod deployments;
mod http;
mod size_limits;
mod start;

use std::{fmt, num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration};

use restate_core::{OnMaxAttempts, RetryPolicy, Service, ServiceOptions, server::ListenAddress};

#[cfg(feature = "deployments")]
use crate::engine::remote::{address::DeploymentAddress, security::Security};
use crate::{
    engine::{
        hooks::{Hooks, Production},
        serving::HttpOptions,
    },
    machine::GroupLimits,
    model::{
        contracts::GivenContracts,
        encryption::{Encryption, Keys},
        settings::{Durability, Settings},
        trace::Sampling,
    },
    store::{MemoryStore, Store},
};

/// Configures an [`Engine`](crate::Engine). [`start`](Self::start) checks the configuration.
#[must_use = "call `.start()` to run the engine"]
pub struct EngineBuilder {
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    #[cfg(feature = "deployments")]
    deployments: Vec<DeploymentAddress>,
    #[cfg(feature = "deployments")]
    security: Security,
    contracts: GivenContracts,
    storage: Storage,
    durability: Durability,
    keys: Keys,
    reencrypt: bool,
    ingress: Option<ListenAddress>,
    admin: Option<ListenAddress>,
    http: HttpOptions,
    sensitive_headers: Vec<String>,
    handler_threads: Option<NonZeroUsize>,
    shutdown_timeout: Duration,
    crash_limit: u32,
    group_limits: GroupLimits,
    settings: Settings,
    sampling: Sampling,
    hooks: Arc<dyn Hooks>,
}

enum Storage {
    Directory(PathBuf),
    Store(Box<dyn Store>),
}

impl EngineBuilder {
    pub(crate) fn new() -> Self {
        Self {
            services: Vec::new(),
            #[cfg(feature = "deployments")]
            deployments: Vec::new(),
            #[cfg(feature = "deployments")]
            security: Security::default(),
            contracts: GivenContracts::default(),
            storage: Storage::Directory("restate-data".into()),
            durability: Durability::default(),
            keys: Keys::Absent,
            reencrypt: false,
            ingress: None,
            admin: None,
            http: HttpOptions::default(),
            sensitive_headers: Vec::new(),
            handler_threads: None,
            shutdown_timeout: Duration::from_secs(10),
            crash_limit: 3,
            group_limits: GroupLimits::default(),
            settings: Settings::default(),
            sampling: Sampling::ratio(1.0),
            hooks: Arc::new(Production),
        }
    }

    /// Adds a service that the engine runs.
    pub fn bind(self, service: impl Service) -> Self {
        self.bind_with(service, ServiceOptions::default())
    }

    /// Adds a service with [`Settings`](restate_core::Settings) for it, or [`ServiceOptions`] for it and
    /// its handlers, which take precedence over those of its contract.
    pub fn bind_with(mut self, service: impl Service, settings: impl Into<ServiceOptions>) -> Self {
        self.services.push((Arc::new(service), settings.into()));
        self
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn bind_shared(
        mut self,
        service: Arc<dyn Service>,
        settings: ServiceOptions,
    ) -> Self {
        self.services.push((service, settings));
        self
    }

    /// Runs the engine in a test, with the clock and the faults of these hooks.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn under_test(mut self, hooks: Arc<dyn Hooks>) -> Self {
        self.settings.under_test = true;
        self.settings.retain_calls = true;
        // Tests crash at commits, so that each round of a test has one.
        self.group_limits.delay = Duration::ZERO;
        self.hooks = hooks;
        self
    }

    /// The directory of the database; default `restate-data`.
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.storage = Storage::Directory(path.into());
        self
    }

    /// What a commit waits for; default [`Durability::Full`]: until the data is on the disk.
    ///
    /// [`Durability::Relaxed`] is faster where syncing the disk is slow, and may lose the last
    /// commits in a power failure.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Encrypts requests, journals, results, state and promises before they are written to the data
    /// directory.
    ///
    /// Values that were written before stay as they are until they are written again, encrypted or not;
    /// [`reencrypt`](Self::reencrypt) does it at once.
    /// An engine does not start without the keys that values in its directory have. Names, keys of
    /// objects, ids, times and the texts of errors of paused invocations are not encrypted: see
    /// `docs/security.md`. In memory there is nothing to encrypt. The limits of state and journals
    /// count what is stored, which is about 60 bytes more for each value.
    pub fn encryption(mut self, encryption: impl Encryption) -> Self {
        self.keys = Keys::Present(Arc::new(encryption));
        self
    }

    /// Encrypts all values in the data directory with the current key before the engine starts, and
    /// removes from the file what they were: for the first start with [`encryption`](Self::encryption),
    /// or with a new key if the former one must not be used any more.
    ///
    /// It takes as long as copying the database, and as much space on the disk meanwhile. After a crash,
    /// start it again. The next start does not need the former keys.
    pub fn reencrypt(mut self) -> Self {
        self.reencrypt = true;
        self
    }

    /// Opens a data directory although the engine does not have the keys of its values, for tools
    /// that list and end invocations.
    ///
    /// People see such values as `[encrypted with key ..]`. An engine that runs handlers needs the keys.
    #[doc(hidden)]
    pub fn withhold_keys(mut self) -> Self {
        self.keys = Keys::Withheld;
        self
    }

    /// Keeps everything in memory; it is lost when the engine stops.
    pub fn in_memory(self) -> Self {
        self.store(MemoryStore::default())
    }

    pub(crate) fn store(mut self, store: impl Store + 'static) -> Self {
        self.storage = Storage::Store(Box::new(store));
        self
    }

    /// How failed invocations are retried, unless their contract says otherwise.
    ///
    /// By default after 100 ms, doubled after each failure up to 10 s, without end. An invocation
    /// whose journal has grown starts again with the first delay.
    ///
    /// ```
    /// use std::time::Duration;
    /// use restate_core::RetryPolicy;
    /// use restate_embedded::Engine;
    ///
    /// let policy = RetryPolicy::new().initial_interval(Duration::from_millis(10)).max_attempts(5);
    /// let builder = Engine::builder().retry_policy(policy);
    /// # let _ = builder;
    /// ```
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.settings.retries = self.settings.retries.with(&policy, None);
        self
    }

    /// What happens after the last attempt of a retry policy, unless a contract says otherwise; the
    /// invocation pauses unless set.
    pub fn on_max_attempts(mut self, action: OnMaxAttempts) -> Self {
        self.settings.retries = self.settings.retries.with(&RetryPolicy::new(), Some(action));
        self
    }

    /// An attempt that has waited this long is suspended until it can continue; default 1 min.
    pub fn inactivity_timeout(mut self, timeout: Duration) -> Self {
        self.settings.inactivity_timeout = timeout;
        self
    }

    /// An attempt that was asked to suspend, and has not after this long, is stopped and retried;
    /// default 10 min.
    pub fn abort_timeout(mut self, timeout: Duration) -> Self {
        self.settings.abort_timeout = timeout;
        self
    }

    /// How long results are kept that may be asked for later: those of invocations with an
    /// idempotency key, of one-way calls, and of workflows. Default 24 h.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.settings.retention = retention;
        self
    }

    /// How long the journals of completed invocations are kept; default 24 h, as on a Restate server.
    ///
    /// Not longer than their results. An invocation whose journal is kept can be restarted as a new one. Zero
    /// keeps no journals, which saves disk space.
    pub fn journal_retention(mut self, retention: Duration) -> Self {
        self.settings.journal_retention = retention;
        self
    }

    /// Whether result and journal of calls without an idempotency key are kept as well, so that people can
    /// look at them; default false.
    ///
    /// A Restate server keeps them. Nobody can attach to such a call but by its id, and each takes up a row
    /// of the database until [`retention`](Self::retention) has passed.
    pub fn retain_calls(mut self, retain: bool) -> Self {
        self.settings.retain_calls = retain;
        self
    }

    /// How many threads run handlers; by default as many as the machine has processors.
    ///
    /// Handlers run on threads of the engine, and not in the tokio runtime in which the engine was
    /// started. Handlers that block these threads hold up other handlers; servers and engine have other
    /// threads. The engine logs which handler has blocked a thread, and for how long.
    pub fn handler_threads(mut self, count: NonZeroUsize) -> Self {
        self.handler_threads = Some(count);
        self
    }

    /// How long a shutdown waits for running handlers to suspend; default 10 s. Handlers that block
    /// their threads are left behind after that.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Pauses an invocation at the start of the engine after the process has died this often while it
    /// ran, in a row and each time before its journal had grown; default 3.
    ///
    /// Otherwise a handler that aborts, overflows its stack or exhausts the memory would end each process
    /// that resumes it. Other invocations that ran each time are paused as well, as nobody can tell which
    /// of them it was. A process that is killed from outside has died, too; one that shuts down has not,
    /// nor one that a second signal ends after [`shutdown_signal`](crate::shutdown_signal). [`u32::MAX`]
    /// never pauses. In memory nothing survives a process, so this has no effect.
    pub fn crash_limit(mut self, deaths: u32) -> Self {
        self.crash_limit = deaths.max(1);
        self
    }

    /// Starts handlers only when their invocation is on disk, unless their
    /// [settings](restate_core::Settings::durable_start) say otherwise; by default they start at once.
    ///
    /// The engine answers clients, and lets `run` closures begin, only when everything before that is on
    /// disk. What stays inside, such as starting a handler or returning a result to a calling handler,
    /// runs ahead: a whole tree of calls costs one sync of the disk. After a crash, an invocation may
    /// therefore never have existed, of which no client was told, although its handler has begun: what
    /// the handler did outside of `run` remains. With this option each handler waits for the disk first.
    pub fn durable_start(mut self, durable: bool) -> Self {
        self.settings.durable_start = durable;
        self
    }

    /// How long what nobody waits for may stay in memory before it is written to the disk; default 2 ms.
    ///
    /// This is how much work of handlers, such as one-way calls between them, a crash may take back, and
    /// the next start repeats. What a client was told, and what a `run` closure depends on, is on disk by
    /// then in any case. Longer saves syncs of the disk under a low load.
    pub fn commit_delay(mut self, delay: Duration) -> Self {
        self.group_limits.delay = delay;
        self
    }

    /// The share of traces that are recorded, from 0 to 1, among those that begin here; default 1. A request
    /// with a `traceparent` is recorded if that says so.
    ///
    /// Spans are recorded if a subscriber of `tracing` takes the target
    /// [`restate::span`](restate_core::trace::TARGET) when the engine starts.
    pub fn trace_sampling(mut self, ratio: f64) -> Self {
        self.sampling = Sampling::ratio(ratio);
        self
    }

    /// How many changes, such as a journal entry or a value of state, may stay in memory before they are
    /// written to the disk, although nobody waits for them; default 4096.
    pub fn commit_size(mut self, changes: NonZeroUsize) -> Self {
        self.group_limits.writes = changes.get();
        self
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("services", &self.services.len())
            .field("ingress", &self.ingress)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
