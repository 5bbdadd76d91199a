use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use restate_core::{Retries, Service, ServiceOptions, attempt::AttemptOptions};
use tokio::runtime;

use crate::{
    engine::{
        Core, Engine,
        directory::Directory,
        driver::{Driver, Progress},
        error::StartError,
        handle::Port,
        hooks::{Hooks, Production},
        inbox::Inbox,
        serving::Listeners,
    },
    machine::Machine,
    model::{
        backoff::Backoff,
        catalog::Catalog,
        id::IdSource,
        settings::{Durability, Settings},
    },
    store::{MemoryStore, SqliteStore, Store},
};

/// Configures an [`Engine`]; everything is checked by [`start`](Self::start).
#[must_use = "an engine runs once it is started"]
pub struct Builder {
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    storage: Storage,
    durability: Durability,
    ingress: Option<String>,
    admin: Option<String>,
    body_limit: usize,
    shutdown_timeout: Duration,
    settings: Settings,
    hooks: Arc<dyn Hooks>,
}

enum Storage {
    Directory(PathBuf),
    Store(Box<dyn Store>),
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            services: Vec::new(),
            storage: Storage::Directory("restate-data".into()),
            durability: Durability::default(),
            ingress: None,
            admin: None,
            body_limit: 10 * 1024 * 1024,
            shutdown_timeout: Duration::from_secs(10),
            settings: Settings::default(),
            hooks: Arc::new(Production),
        }
    }

    /// Adds a service that the engine runs.
    pub fn bind(self, service: impl Service) -> Self {
        self.bind_with(service, ServiceOptions::default())
    }

    /// Adds a service that the engine runs; these [`Settings`](restate_core::Settings), or
    /// [`ServiceOptions`] of it and its handlers, go before those of its contract.
    pub fn bind_with(mut self, service: impl Service, settings: impl Into<ServiceOptions>) -> Self {
        self.services.push((Arc::new(service), settings.into()));
        self
    }

    pub(crate) fn bind_shared(
        mut self,
        service: Arc<dyn Service>,
        settings: ServiceOptions,
    ) -> Self {
        self.services.push((service, settings));
        self
    }

    /// Runs as a test: with its clock and faults.
    pub(crate) fn under_test(mut self, hooks: Arc<dyn Hooks>) -> Self {
        self.settings.rehearsal = true;
        self.hooks = hooks;
        self
    }

    /// Keeps everything in this directory; `restate-data` unless set.
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.storage = Storage::Directory(path.into());
        self
    }

    /// When something counts as stored: once it is on the disk, unless this is relaxed.
    ///
    /// Relaxing it makes an engine faster where syncing the disk is slow, at the price that
    /// [`Durability::Relaxed`] tells.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Keeps everything in memory only: gone with the engine.
    pub fn in_memory(self) -> Self {
        self.store(MemoryStore::default())
    }

    pub(crate) fn store(mut self, store: impl Store + 'static) -> Self {
        self.storage = Storage::Store(Box::new(store));
        self
    }

    /// Serves HTTP on this address, as `127.0.0.1:8080`; port 0 takes a free one.
    ///
    /// Without it, handlers are called through [`Engine::client`] only. There is no
    /// authentication: an address that others can reach lets them call every handler.
    pub fn ingress(mut self, address: impl Into<String>) -> Self {
        self.ingress = Some(address.into());
        self
    }

    /// Serves the admin interface on this address, as `127.0.0.1:9070`; port 0 takes a free one.
    ///
    /// It shows and changes everything in the engine, without authentication: keep it on the
    /// loopback interface. It reads the database, and so needs a data directory.
    pub fn admin(mut self, address: impl Into<String>) -> Self {
        self.admin = Some(address.into());
        self
    }

    /// The longest request body that the ingress accepts, in bytes; 10 MiB unless set.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How failed handlers are tried again, unless their contract says otherwise.
    ///
    /// What is not set: after 100 ms, doubled after each failure up to 10 s, without an end. What
    /// has made progress starts again with the first delay.
    ///
    /// ```
    /// use std::time::Duration;
    /// use restate_core::Retries;
    /// use restate_embedded::Engine;
    ///
    /// let retries = Retries::new().initial_interval(Duration::from_millis(10)).max_attempts(5);
    /// let builder = Engine::builder().retries(retries);
    /// # let _ = builder;
    /// ```
    pub fn retries(mut self, retries: Retries) -> Self {
        self.settings.retries = Backoff::default().with(&retries);
        self
    }

    /// A handler that has waited for so long leaves memory until it can go on; 1 min unless set.
    pub fn inactivity_timeout(mut self, timeout: Duration) -> Self {
        self.settings.inactivity_timeout = timeout;
        self
    }

    /// A handler that is asked to leave memory, and does not for so long, is stopped where it is,
    /// and tried again; 10 min unless set.
    pub fn abort_timeout(mut self, timeout: Duration) -> Self {
        self.settings.abort_timeout = timeout;
        self
    }

    /// How long results are kept of invocations that somebody may ask for later: those with an
    /// idempotency key, those that nobody waited for, and workflows. 24 h unless set.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.settings.retention = retention;
        self
    }

    /// How long journals are kept of invocations whose results are; 0, not at all, unless set.
    ///
    /// A kept journal can be looked at, and its invocation restarted as a new one.
    pub fn journal_retention(mut self, retention: Duration) -> Self {
        self.settings.journal_retention = retention;
        self
    }

    /// How long a shutdown waits for running handlers to suspend; 10 s unless set.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Starts the engine: opens its data, goes on with what is not finished, serves.
    ///
    /// Must be called inside a tokio runtime; handlers run on it.
    ///
    /// # Errors
    ///
    /// When something configured cannot be had: two services of one name, a directory that is in
    /// use or not writable, an address that is taken.
    pub async fn start(self) -> Result<Engine, StartError> {
        let catalog = catalog(self.services)?;
        let ingress = self.ingress.map(parse_address).transpose()?;
        let admin = self.admin.map(parse_address).transpose()?;
        let (mut store, directory) = open(self.storage, self.durability)?;
        // Taken before anything runs, so that an engine that cannot be reached does not start.
        let database = directory.as_ref().map(Directory::database);
        let listeners = Listeners::bind(ingress, admin, database).await?;
        let last = store.last_order().map_err(StartError::Store)?;
        let ids = IdSource::new(last, self.hooks.id_seed(last));
        let mut options = AttemptOptions::default();
        options.report_awaits = false;
        options.clock = self.hooks.clock();
        let port = Port {
            catalog: catalog.clone(),
            clock: Arc::clone(&options.clock),
            inbox: Arc::new(Inbox::default()),
            waiters: Arc::new(AtomicU64::new(0)),
        };
        let core = Core::start(Driver {
            machine: Machine::new(catalog.clone(), self.settings, ids),
            store,
            _directory: directory,
            catalog,
            options,
            inbox: Arc::clone(&port.inbox),
            runtime: runtime::Handle::current(),
            state: Progress::default(),
            hooks: self.hooks,
        })
        .await?;
        let servers = listeners.serve(&port, self.body_limit)?;
        Ok(Engine { port, servers, core, shutdown_timeout: self.shutdown_timeout })
    }
}

fn catalog(services: Vec<(Arc<dyn Service>, ServiceOptions)>) -> Result<Catalog, StartError> {
    let services = services.into_iter().map(|(service, overrides)| overrides.apply(service));
    let services = services.collect::<Result<_, _>>().map_err(StartError::NoSuchHandler)?;
    Catalog::new(services).map_err(|name| StartError::DuplicateService { name })
}

fn parse_address(address: String) -> Result<SocketAddr, StartError> {
    address.parse().map_err(|_| StartError::InvalidAddress { address })
}

fn open(
    storage: Storage,
    durability: Durability,
) -> Result<(Box<dyn Store>, Option<Directory>), StartError> {
    match storage {
        Storage::Store(store) => Ok((store, None)),
        Storage::Directory(path) => {
            let directory =
                Directory::open(&path).map_err(|error| StartError::directory(path, error))?;
            let path = directory.database();
            let store = SqliteStore::open(&path, durability)
                .map_err(|source| StartError::Database { path, source })?;
            Ok((Box::new(store), Some(directory)))
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("services", &self.services.len())
            .field("ingress", &self.ingress)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
