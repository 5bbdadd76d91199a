//! The builder of endpoints.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use restate_core::{
    Service, ServiceOptions,
    contract::is_reserved_name,
    server::{Admission, HttpLimits},
};
use tokio_util::sync::CancellationToken;

use crate::{
    discovery::{ProtocolMode, ServiceEntry},
    endpoint::{BoundService, Endpoint, Parts},
    error::EndpointBuildError,
    metrics::EndpointFigures,
};

/// Services and settings of an [`Endpoint`]; [`build`](Self::build) checks them.
#[must_use = "nothing is served until the endpoint is built and listens"]
pub struct EndpointBuilder {
    services: Vec<(Arc<dyn Service>, ServiceOptions)>,
    protocol_mode: Option<ProtocolMode>,
    message_limit: usize,
    server_message_limit: usize,
    http_limits: HttpLimits,
    handler_threads: Option<NonZeroUsize>,
    shutdown_timeout: Duration,
    metrics_token: Option<String>,
    #[cfg(feature = "request-identity")]
    identity_keys: Vec<String>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<crate::rustls::ServerConfig>>,
}

impl Endpoint {
    /// Starts building an endpoint.
    pub fn builder() -> EndpointBuilder {
        EndpointBuilder::new()
    }
}

impl EndpointBuilder {
    fn new() -> Self {
        Self {
            services: Vec::new(),
            protocol_mode: None,
            // Twice the default message limit of a Restate server, 32 MiB.
            message_limit: 64 << 20,
            server_message_limit: 32 << 20,
            http_limits: HttpLimits::new().request_memory(1 << 30),
            handler_threads: None,
            // Well below the 30 s that Kubernetes waits before it kills a container.
            shutdown_timeout: Duration::from_secs(10),
            metrics_token: None,
            #[cfg(feature = "request-identity")]
            identity_keys: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Adds a service.
    pub fn bind(self, service: impl Service) -> Self {
        self.bind_with(service, ServiceOptions::default())
    }

    /// Adds a service whose contract is overridden by these [`Settings`](restate_core::Settings), or
    /// by [`ServiceOptions`] of it and its handlers.
    pub fn bind_with(mut self, service: impl Service, settings: impl Into<ServiceOptions>) -> Self {
        self.services.push((Arc::new(service), settings.into()));
        self
    }

    /// Accepts only requests signed by the Restate server with this public key, `publickeyv1_…`.
    ///
    /// With several keys, a signature by any of them is accepted. `/health` needs no signature.
    #[cfg(feature = "request-identity")]
    pub fn identity_key(mut self, key: impl Into<String>) -> Self {
        self.identity_keys.push(key.into());
        self
    }

    /// Serves TLS with this configuration.
    ///
    /// A configuration without ALPN protocols offers HTTP/2 and HTTP/1.1.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, mut config: crate::rustls::ServerConfig) -> Self {
        if config.alpn_protocols.is_empty() {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        self.tls = Some(Arc::new(config));
        self
    }

    /// Sets how request and response follow each other, whatever the HTTP version.
    ///
    /// The default is [`ProtocolMode::BidiStream`] over HTTP/2 and
    /// [`ProtocolMode::RequestResponse`] over HTTP/1.1. Behind a proxy that buffers whole requests,
    /// set [`ProtocolMode::RequestResponse`].
    pub fn protocol_mode(mut self, mode: ProtocolMode) -> Self {
        self.protocol_mode = Some(mode);
        self
    }

    /// Sets the maximum length of a message from the server, in bytes; 64 MiB by default. A longer
    /// one ends its attempt.
    pub fn message_limit(mut self, bytes: usize) -> Self {
        self.message_limit = bytes;
        self
    }

    /// Sets the maximum length of a message to the server, in bytes; 32 MiB by default, as on a Restate
    /// server.
    ///
    /// A handler that sends a longer one, such as a value of its state or its response, fails with
    /// code 413. Set it to the limit of the server: that takes a longer message for a failed attempt,
    /// and tries the handler again without end.
    pub fn server_message_limit(mut self, bytes: usize) -> Self {
        self.server_message_limit = bytes;
        self
    }

    /// Sets what clients may take up: connections, requests, memory, time.
    ///
    /// The memory is that of the journals of all running attempts. An attempt that goes beyond it
    /// fails, and the server retries it. Mounted in another server, the endpoint limits memory and the
    /// time for a whole body only.
    pub fn http_limits(mut self, limits: HttpLimits) -> Self {
        self.http_limits = limits;
        self
    }

    /// Sets how many threads run handlers; by default as many as the machine has processors.
    ///
    /// Handlers that block these threads hold up other handlers, but neither health checks over HTTP/1.1
    /// nor the shutdown; the endpoint logs which handler has blocked a thread, and for how long. Mounted
    /// in another server, an endpoint has no threads: handlers run where their responses are read.
    pub fn handler_threads(mut self, count: NonZeroUsize) -> Self {
        self.handler_threads = Some(count);
        self
    }

    /// Sets how long a shutdown waits for running attempts to suspend; 10 s by default.
    ///
    /// Attempts that still run after that are dropped, and those that block their threads are left
    /// behind; the server retries them.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Lets those read `/metrics` who send this token, in the header `authorization: Bearer ..`.
    ///
    /// Without a token, `/metrics` is protected as `/discover` is: by signatures, if there are
    /// [`identity_key`](Self::identity_key)s, which Prometheus does not have, and otherwise not at all.
    pub fn metrics_token(mut self, token: impl Into<String>) -> Self {
        self.metrics_token = Some(token.into());
        self
    }

    /// Builds the endpoint.
    ///
    /// # Errors
    ///
    /// When two services have the same name, a name is reserved, or a setting is invalid.
    pub fn build(self) -> Result<Endpoint, EndpointBuildError> {
        let mut services = HashMap::with_capacity(self.services.len());
        let mut entries = Vec::with_capacity(self.services.len());
        let mut figures = EndpointFigures::default();
        for (service, overrides) in self.services {
            let service = overrides.apply(service).map_err(EndpointBuildError::NoSuchHandler)?;
            let descriptor = service.descriptor();
            if is_reserved_name(descriptor.name()) {
                return Err(EndpointBuildError::ReservedName { name: descriptor.name() });
            }
            entries.push(ServiceEntry::new(descriptor)?);
            match services.entry(descriptor.name()) {
                Entry::Vacant(vacant) => {
                    let figures = figures.add(descriptor);
                    vacant.insert(BoundService { service, figures });
                }
                Entry::Occupied(_) => {
                    return Err(EndpointBuildError::DuplicateService { name: descriptor.name() });
                }
            }
        }
        Ok(Endpoint::new(Parts {
            services,
            figures,
            metrics_token: self.metrics_token,
            entries,
            protocol_mode: self.protocol_mode,
            message_limit: self.message_limit,
            server_message_limit: self.server_message_limit,
            admission: Admission::new(self.http_limits),
            handler_threads: self.handler_threads,
            shutdown_timeout: self.shutdown_timeout,
            drain: CancellationToken::new(),
            #[cfg(feature = "request-identity")]
            identity: crate::identity::Verifier::new(&self.identity_keys)?,
            #[cfg(feature = "tls")]
            tls: self.tls,
        }))
    }
}

impl fmt::Debug for EndpointBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.services.iter().map(|(service, _)| service.descriptor().name());
        f.debug_struct("EndpointBuilder")
            .field("services", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
