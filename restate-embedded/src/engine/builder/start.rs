//! From a configuration to a running engine.

use std::sync::{Arc, atomic::AtomicU64};

use restate_core::{
    Service, ServiceOptions, attempt::AttemptOptions, contract::is_reserved_name,
    server::HandlerThreads, trace,
};
use tokio::runtime;

use super::{EngineBuilder, Storage};
#[cfg(feature = "deployments")]
use crate::engine::remote::registration;
use crate::{
    engine::{
        Engine, EngineThread,
        directory::{Directory, DirectoryError},
        disk_sync::DiskSync,
        driver::Driver,
        driver_state::DriverState,
        error::EngineBuildError,
        handle::EngineHandle,
        inbox::Inbox,
        metrics::Metrics,
        remote::{Remotes, awaited::AwaitedDeployments},
        report::report_start,
        serving::Listeners,
    },
    machine::Machine,
    model::{
        catalog::{Catalog, SharedCatalog},
        encryption::Keys,
        id::IdSource,
        sensitive_headers::SensitiveHeaders,
        settings::Durability,
        size_limits::SizeLimits,
    },
    store::Store,
};

impl EngineBuilder {
    /// Starts the engine: opens its database, resumes unfinished invocations, and serves requests.
    ///
    /// Must be called inside a tokio runtime, which will serve the requests. Handlers run on threads of
    /// the engine; see [`handler_threads`](Self::handler_threads).
    ///
    /// # Errors
    ///
    /// When two services have the same name, the directory is in use or not writable or has values with
    /// other keys, an address is malformed, in use or unprotected, tokens cannot be read, the message limit
    /// is too high, or no threads can be started.
    pub async fn start(self) -> Result<Engine, EngineBuildError> {
        let (bytes, highest) = (self.settings.size_limits.message, SizeLimits::MAX_MESSAGE);
        if bytes > highest {
            return Err(EngineBuildError::MessageLimit { bytes, highest });
        }
        let catalog = catalog(self.services, self.sensitive_headers)?;
        let mut catalog = catalog.with_contracts(self.contracts);
        let mut http = self.http.check()?;
        #[cfg(feature = "deployments")]
        registration::check(&self.deployments)?;
        let (mut store, directory) = open(self.storage, self.durability, self.keys, &mut catalog)?;
        if self.reencrypt {
            store.reencrypt().map_err(EngineBuildError::Store)?;
        }
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
        let shared_catalog = SharedCatalog::new(catalog.clone());
        let mut machine = Machine::new(catalog, self.settings, ids);
        if trace::is_listened() {
            machine.record_traces(self.sampling);
        }
        let figures = machine.figures();
        let metrics = Metrics {
            catalog: shared_catalog.clone(),
            engine: Arc::clone(figures),
            database: directory.as_ref().map(Directory::database),
        };
        let handle = EngineHandle {
            awaited: AwaitedDeployments::default(),
            draining: Arc::default(),
            #[cfg(feature = "deployments")]
            security: self.security.clone(),
            shared_catalog: shared_catalog.clone(),
            clock: Arc::clone(&options.clock),
            inbox: Arc::new(Inbox::default()),
            waiters: Arc::new(AtomicU64::new(0)),
            metrics: Arc::new(metrics),
            is_of_server: false,
            message_limit: bytes,
            #[cfg(feature = "grpc")]
            serving: Arc::new(tokio::sync::watch::Sender::new(restate_grpc::Serving::Serving)),
        };
        let threads = if is_under_test {
            // Tests choose the runtime of their handlers.
            HandlerThreads::current()
        } else {
            HandlerThreads::start(self.handler_threads).map_err(EngineBuildError::Thread)?
        };
        let syncer = store.syncer().map_err(EngineBuildError::Store)?;
        let sync = |syncer| DiskSync::start(syncer, Arc::clone(&handle.inbox), Arc::clone(figures));
        let disk = syncer.map(sync).transpose().map_err(EngineBuildError::Thread)?;
        let thread = EngineThread::start(Box::new(Driver {
            machine,
            store,
            disk,
            directory,
            shared_catalog,
            #[cfg(feature = "deployments")]
            remotes: Remotes::new(self.security),
            #[cfg(not(feature = "deployments"))]
            remotes: Remotes::default(),
            options,
            inbox: Arc::clone(&handle.inbox),
            runtime: runtime::Handle::current(),
            threads,
            state: DriverState::new(self.group_limits),
            hooks: self.hooks,
            crash_limit: self.crash_limit,
            #[cfg(feature = "grpc")]
            serving: Arc::clone(&handle.serving),
            is_lent: !is_under_test,
        }))
        .await?;
        #[cfg(feature = "deployments")]
        let registering = registration::register(&handle, self.deployments).await;
        http.body_limit = http.body_limit.min(bytes);
        let scheme = if http.tls.is_on() { "https" } else { "http" };
        let servers = listeners.serve(&handle, http)?;
        if !is_under_test {
            let (ingress, admin) = (servers.ingress_addr(), servers.admin_addr());
            report_start(data.as_deref(), &handle.catalog(), scheme, ingress, admin);
        }
        Ok(Engine {
            handle,
            servers,
            #[cfg(feature = "deployments")]
            _registering: registering,
            thread,
            shutdown_timeout: self.shutdown_timeout,
        })
    }
}

fn catalog(
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    sensitive_headers: Vec<String>,
) -> Result<Catalog, EngineBuildError> {
    let services = services.into_iter().map(|(service, overrides)| overrides.apply(service));
    let services: Vec<_> =
        services.collect::<Result<_, _>>().map_err(EngineBuildError::NoSuchHandler)?;
    let mut names = services.iter().map(|service| service.descriptor().name());
    if let Some(name) = names.find(|name| is_reserved_name(name)) {
        return Err(EngineBuildError::ReservedName { name });
    }
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
        Storage::Store(mut store) => {
            catalog.load(store.deployments().map_err(EngineBuildError::Store)?);
            Ok((store, None))
        }
        Storage::Directory(path) => {
            let failed = |error| EngineBuildError::directory(path.clone(), error);
            let directory = Directory::open(&path).map_err(failed)?;
            let mut store = directory.open_store(durability, keys).map_err(failed)?;
            catalog.load(store.deployments().map_err(EngineBuildError::Store)?);
            let redacted = store.update_redacted(catalog.redacted(), catalog.unredacted());
            let redacted = redacted.map_err(|error| failed(DirectoryError::Database(error)))?;
            catalog.hide_before(redacted);
            Ok((Box::new(store), Some(directory)))
        }
    }
}
