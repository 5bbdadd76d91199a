use std::{
    fmt,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use restate_core::{
    OnMaxAttempts, RetryPolicy, Service, ServiceOptions,
    attempt::AttemptOptions,
    server::{HandlerThreads, HttpLimits, ListenAddress},
};
use tokio::runtime;

use crate::{
    engine::{
        Engine, EngineThread,
        directory::{Directory, DirectoryError},
        disk_sync::DiskSync,
        driver::{Driver, DriverState},
        error::EngineBuildError,
        handle::EngineHandle,
        hooks::{Hooks, Production},
        inbox::Inbox,
        report::report_start,
        serving::{HttpOptions, Listeners},
    },
    machine::{GroupLimits, Machine},
    model::{
        catalog::Catalog,
        encryption::{Encryption, Keys},
        id::IdSource,
        sensitive_headers::SensitiveHeaders,
        settings::{Durability, Settings},
        size_limits::SizeLimits,
        sql_limits::SqlLimits,
        tokens::Tokens,
    },
    store::{MemoryStore, Store},
};

/// Configures an [`Engine`]. [`start`](Self::start) checks the configuration.
#[must_use = "call `.start()` to run the engine"]
pub struct EngineBuilder {
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    storage: Storage,
    durability: Durability,
    keys: Keys,
    ingress: Option<ListenAddress>,
    admin: Option<ListenAddress>,
    http: HttpOptions,
    sensitive_headers: Vec<String>,
    handler_threads: Option<NonZeroUsize>,
    shutdown_timeout: Duration,
    crash_limit: u32,
    group_limits: GroupLimits,
    settings: Settings,
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
            storage: Storage::Directory("restate-data".into()),
            durability: Durability::default(),
            keys: Keys::Absent,
            ingress: None,
            admin: None,
            http: HttpOptions::default(),
            sensitive_headers: Vec::new(),
            handler_threads: None,
            shutdown_timeout: Duration::from_secs(10),
            crash_limit: 3,
            group_limits: GroupLimits::default(),
            settings: Settings::default(),
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
    /// Values that were written before stay as they are until they are written again, encrypted or not.
    /// An engine does not start without the keys that values in its directory have. Names, keys of
    /// objects, ids, times and the texts of errors of paused invocations are not encrypted: see
    /// `docs/security.md`. In memory there is nothing to encrypt. The limits of state and journals
    /// count what is stored, which is about 60 bytes more for each value.
    pub fn encryption(mut self, encryption: impl Encryption) -> Self {
        self.keys = Keys::Present(Arc::new(encryption));
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

    /// Serves the HTTP ingress on this address, such as `127.0.0.1:8080`, or on a bound listener.
    ///
    /// Without an ingress, handlers can be called through [`Engine::client`] only. Anyone who can reach
    /// the address can call every handler, unless there are [`ingress_tokens`](Self::ingress_tokens). An
    /// address that other machines can reach needs these and TLS, or
    /// [`allow_unprotected`](Self::allow_unprotected).
    ///
    /// A handler is also found by its name in lower camel case, as other SDKs write it, if no other handler
    /// has that name: `SayHello` as `sayHello`. The run of a workflow is also found as `run`. Slashes
    /// before and after a path do not count.
    ///
    /// Handlers are called with POST. GET calls only handlers whose contract says that they change
    /// nothing (`idempotency_level = NO_SIDE_EFFECTS`, or `#[no_side_effects]` in a trait), and shared
    /// handlers of objects, which cannot write state; those of workflows can complete promises. A Restate
    /// server accepts GET for all handlers, with which a link or a crawler can change state.
    ///
    /// A message in a response has the encoding that `accept` prefers. Without a preference it has that
    /// of the request, and is JSON in the response to a GET, such as one for a result. An empty body is
    /// an empty message, whatever its content type; a Restate server refuses it with a content type.
    /// Headers of clients that start with `x-restate-` are not passed to handlers.
    pub fn ingress(mut self, address: impl Into<ListenAddress>) -> Self {
        self.ingress = Some(address.into());
        self
    }

    /// Serves the admin interface on this address, such as `127.0.0.1:9070`, or on a bound listener.
    ///
    /// It shows and changes everything in the engine, for everybody who can reach it, unless there are
    /// [`admin_tokens`](Self::admin_tokens). An address that other machines can reach needs these and
    /// TLS, or [`allow_unprotected`](Self::allow_unprotected). It reads the database, so the engine needs
    /// a data directory.
    pub fn admin(mut self, address: impl Into<ListenAddress>) -> Self {
        self.admin = Some(address.into());
        self
    }

    /// Demands one of these tokens of clients of the ingress, in the header `authorization: Bearer ..`,
    /// which handlers do not see then.
    ///
    /// A token for reading permits GET: results, and handlers that change nothing. Calls need one for
    /// changes. `/restate/health` needs none.
    pub fn ingress_tokens(mut self, tokens: Tokens) -> Self {
        self.http.ingress_tokens = Some(tokens);
        self
    }

    /// Demands one of these tokens of clients of the admin interface.
    ///
    /// A token for reading permits GET and SQL, which see everything that is stored; all else needs one
    /// for changes. `/health` and `/ready` need none. Each change is logged with the name of the token.
    pub fn admin_tokens(mut self, tokens: Tokens) -> Self {
        self.http.admin_tokens = Some(tokens);
        self
    }

    /// Serves ingress and admin interface with TLS only.
    ///
    /// A configuration without ALPN protocols offers HTTP/2 and HTTP/1.1.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: crate::rustls::ServerConfig) -> Self {
        self.http.tls = crate::http::tls::Tls::new(config);
        self
    }

    /// Lets ingress and admin interface listen on addresses that other machines can reach, without
    /// tokens or TLS: for a network whose members may all do everything, or behind a proxy that
    /// authenticates and encrypts.
    pub fn allow_unprotected(mut self) -> Self {
        self.http.allow_unprotected = true;
        self
    }

    /// Lets web pages of these origins call handlers, such as `https://app.example.com`; `*` stands for
    /// every origin. By default none can.
    ///
    /// Browsers let every page send requests to every address, also to one that only this machine can
    /// reach. The engine therefore refuses what a page of another origin has sent, with code 403, and
    /// answers preflights (CORS) of these origins only. That concerns the ingress: the admin interface
    /// has no such option. Requests of programs that are not browsers do not change.
    pub fn cors<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.http.cors = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Names of this host, such as `engine.example.com`, under which clients address ingress and admin
    /// interface; `*` stands for every name.
    ///
    /// IP addresses and `localhost` are always known. Requests for other names are refused with code
    /// 403: a website could point its own name to this machine, and its pages could then read everything
    /// (DNS rebinding).
    pub fn hosts<H: Into<String>>(mut self, names: impl IntoIterator<Item = H>) -> Self {
        self.http.hosts = names.into_iter().map(Into::into).collect();
        self
    }

    /// Names of headers that carry secrets, such as `x-api-key`, besides `authorization`, `cookie` and
    /// `proxy-authorization`.
    ///
    /// They are dropped before a request is stored, whoever has sent it, and handlers do not see them.
    /// Handlers whose contract names them in `keep_headers` do, and their requests are stored with
    /// them; they are not shown to people. What a handler adds to its own calls is also in its journal,
    /// as a replay compares it. A Restate server stores all headers.
    pub fn sensitive_headers<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.sensitive_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// The longest request body that ingress and admin interface accept, in bytes; default 10 MiB, and
    /// never more than [`message_limit`](Self::message_limit).
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.http.body_limit = bytes;
        self
    }

    /// What the clients of the ingress may take up, and those of the admin interface, each on its
    /// own: connections, requests, memory, time.
    pub fn http_limits(mut self, limits: HttpLimits) -> Self {
        self.http.limits = limits;
        self
    }

    /// What bounds the SQL queries of the admin interface; see [`SqlLimits`] for the defaults.
    pub fn sql_limits(mut self, limits: SqlLimits) -> Self {
        self.http.sql = limits;
        self
    }

    /// The longest message between a handler or a client and the engine, in bytes; default 32 MiB, as
    /// on a Restate server.
    ///
    /// A message is a request with its headers, a response, the result of a `run` step, or a value of
    /// state, an awakeable, a promise or a signal. A handler that sends a longer one fails with code
    /// 413; a client is refused with that code. At most 450 MiB, as the database holds a request and
    /// its response in one row.
    pub fn message_limit(mut self, bytes: usize) -> Self {
        self.settings.size_limits.message = bytes;
        self
    }

    /// The longest value in the state of an object, in bytes; default 32 MiB, as for messages.
    ///
    /// A handler that sets a longer one fails with code 413. A Restate server limits only messages.
    pub fn value_limit(mut self, bytes: usize) -> Self {
        self.settings.size_limits.value = bytes;
        self
    }

    /// The largest state of an object, all names and values together, in bytes; default 1 GiB.
    ///
    /// A handler that makes it larger fails with code 413. A Restate server has no such limit. State over
    /// 1 MiB is not sent to each attempt as it starts; the handler reads value by value, as with the setting
    /// `lazy_state`.
    pub fn state_limit(mut self, bytes: u64) -> Self {
        self.settings.size_limits.state = bytes;
        self
    }

    /// The longest journal of an invocation, in bytes; default 2 GiB.
    ///
    /// Each attempt reads the whole journal into memory. A handler that makes it longer fails with
    /// code 413, also if the result of a call or a value of state makes it longer, or a signal of another
    /// handler. A client whose signal or awakeable does not fit is refused with that code, and the handler
    /// goes on. A Restate server has no such limit.
    pub fn journal_limit(mut self, bytes: u64) -> Self {
        self.settings.size_limits.journal = bytes;
        self
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn size_limits(mut self, limits: SizeLimits) -> Self {
        self.settings.size_limits = limits;
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
    /// Not longer than their results: a call without an idempotency key leaves neither, while a server
    /// keeps both. An invocation whose journal is kept can be restarted as a new one. Zero keeps no
    /// journals, which saves disk space.
    pub fn journal_retention(mut self, retention: Duration) -> Self {
        self.settings.journal_retention = retention;
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

    /// How many changes, such as a journal entry or a value of state, may stay in memory before they are
    /// written to the disk, although nobody waits for them; default 4096.
    pub fn commit_size(mut self, changes: NonZeroUsize) -> Self {
        self.group_limits.writes = changes.get();
        self
    }

    /// Starts the engine: opens its database, resumes unfinished invocations, and serves requests.
    ///
    /// Must be called inside a tokio runtime, which will serve the requests. Handlers run on threads of
    /// the engine; see [`handler_threads`](Self::handler_threads).
    ///
    /// # Errors
    ///
    /// When two services have the same name, the directory is in use or not writable or has values with
    /// other keys, an address is
    /// malformed, in use or unprotected, tokens cannot be read, the message limit is too high, or no
    /// threads can be started.
    pub async fn start(self) -> Result<Engine, EngineBuildError> {
        let (bytes, highest) = (self.settings.size_limits.message, SizeLimits::MAX_MESSAGE);
        if bytes > highest {
            return Err(EngineBuildError::MessageLimit { bytes, highest });
        }
        let mut catalog = catalog(self.services, self.sensitive_headers)?;
        let mut http = self.http.check()?;
        let (mut store, directory) = open(self.storage, self.durability, self.keys, &mut catalog)?;
        // Bound before anything runs: an engine that cannot be reached must not resume invocations.
        let database = directory.as_ref().map(Directory::database);
        let data = directory.as_ref().map(|directory| directory.path().to_owned());
        let is_under_test = self.settings.under_test;
        let listeners = Listeners::bind(self.ingress, self.admin, database, &http).await?;
        let last = store.last_order().map_err(EngineBuildError::Store)?;
        let ids = IdSource::new(last, self.hooks.randomness(last));
        let mut options = AttemptOptions::default();
        options.report_awaits = false;
        options.message_limit = bytes;
        options.clock = self.hooks.clock();
        let handle = EngineHandle {
            catalog: catalog.clone(),
            clock: Arc::clone(&options.clock),
            inbox: Arc::new(Inbox::default()),
            waiters: Arc::new(AtomicU64::new(0)),
            message_limit: bytes,
        };
        let threads = if self.settings.under_test {
            // Tests choose the runtime of their handlers.
            HandlerThreads::current()
        } else {
            HandlerThreads::start(self.handler_threads).map_err(EngineBuildError::Thread)?
        };
        let syncer = store.syncer().map_err(EngineBuildError::Store)?;
        let sync = |syncer| DiskSync::start(syncer, Arc::clone(&handle.inbox));
        let disk = syncer.map(sync).transpose().map_err(EngineBuildError::Thread)?;
        let thread = EngineThread::start(Driver {
            machine: Machine::new(catalog.clone(), self.settings, ids),
            store,
            disk,
            directory,
            catalog,
            options,
            inbox: Arc::clone(&handle.inbox),
            runtime: runtime::Handle::current(),
            threads,
            state: DriverState::new(self.group_limits),
            hooks: self.hooks,
            crash_limit: self.crash_limit,
        })
        .await?;
        http.body_limit = http.body_limit.min(bytes);
        let servers = listeners.serve(&handle, http)?;
        if !is_under_test {
            let (ingress, admin) = (servers.ingress_addr(), servers.admin_addr());
            report_start(data.as_deref(), &handle.catalog, ingress, admin);
        }
        Ok(Engine { handle, servers, thread, shutdown_timeout: self.shutdown_timeout })
    }
}

fn catalog(
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    sensitive_headers: Vec<String>,
) -> Result<Catalog, EngineBuildError> {
    let services = services.into_iter().map(|(service, overrides)| overrides.apply(service));
    let services = services.collect::<Result<_, _>>().map_err(EngineBuildError::NoSuchHandler)?;
    let catalog =
        Catalog::new(services).map_err(|name| EngineBuildError::DuplicateService { name })?;
    let sensitive_headers = SensitiveHeaders::with(sensitive_headers)
        .map_err(|name| EngineBuildError::InvalidHeader { name })?;
    Ok(catalog.with_sensitive_headers(sensitive_headers))
}

fn open(
    storage: Storage,
    durability: Durability,
    keys: Keys,
    catalog: &mut Catalog,
) -> Result<(Box<dyn Store>, Option<Directory>), EngineBuildError> {
    match storage {
        Storage::Store(store) => Ok((store, None)),
        Storage::Directory(path) => {
            let failed = |error| EngineBuildError::directory(path.clone(), error);
            let directory = Directory::open(&path).map_err(failed)?;
            let store = directory.open_store(durability, keys).map_err(failed)?;
            let redacted = store.update_redacted(catalog.redacted(true), catalog.redacted(false));
            let redacted = redacted.map_err(|error| failed(DirectoryError::Database(error)))?;
            catalog.hide_before(redacted);
            Ok((Box::new(store), Some(directory)))
        }
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
