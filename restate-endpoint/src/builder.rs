//! What an endpoint is made of.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
    time::Duration,
};

use restate_core::{HandlerDescriptor, NoSuchHandler, Overrides, Service, ServiceDescriptor};
use tokio_util::sync::CancellationToken;

use crate::{
    discovery::{ProtocolMode, ServiceEntry},
    endpoint::{Endpoint, Parts},
};

/// Collects services and settings of an [`Endpoint`].
#[must_use = "nothing is served until the endpoint is built and listens"]
pub struct Builder {
    services: Vec<(Arc<dyn Service>, Overrides)>,
    protocol_mode: Option<ProtocolMode>,
    message_limit: usize,
    shutdown_timeout: Duration,
    #[cfg(feature = "request-identity")]
    identity_keys: Vec<String>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<tokio_rustls::rustls::ServerConfig>>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            services: Vec::new(),
            protocol_mode: None,
            // Twice what a Restate server sends in one message, unless it is configured otherwise.
            message_limit: 64 << 20,
            shutdown_timeout: Duration::from_secs(30),
            #[cfg(feature = "request-identity")]
            identity_keys: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Adds a service.
    pub fn bind(self, service: impl Service) -> Self {
        self.bind_with(service, Overrides::default())
    }

    /// Adds a service; these [`Settings`](restate_core::Settings), or [`Overrides`] of it and its
    /// handlers, go before those of its contract.
    pub fn bind_with(mut self, service: impl Service, settings: impl Into<Overrides>) -> Self {
        self.services.push((Arc::new(service), settings.into()));
        self
    }

    /// Accepts only requests signed by the Restate server that this public key belongs to, as
    /// `publickeyv1_…`. With several keys, any of them does. `/health` stays open.
    #[cfg(feature = "request-identity")]
    pub fn identity_key(mut self, key: impl Into<String>) -> Self {
        self.identity_keys.push(key.into());
        self
    }

    /// Speaks TLS when it listens or serves, with this configuration.
    ///
    /// Without protocols of its own it offers HTTP/2 and HTTP/1.1.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, mut config: tokio_rustls::rustls::ServerConfig) -> Self {
        if config.alpn_protocols.is_empty() {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        self.tls = Some(Arc::new(config));
        self
    }

    /// Exchanges messages in this mode, whatever the version of HTTP.
    ///
    /// Without this, both directions stream over HTTP/2 and follow each other over HTTP/1.1. Behind
    /// a proxy that passes a request on only as a whole, it has to be
    /// [`ProtocolMode::RequestResponse`].
    pub fn protocol_mode(mut self, mode: ProtocolMode) -> Self {
        self.protocol_mode = Some(mode);
        self
    }

    /// Ends attempts that are sent a message longer than so many bytes; 64 MiB unless set.
    pub fn message_limit(mut self, bytes: usize) -> Self {
        self.message_limit = bytes;
        self
    }

    /// Waits so long for running attempts to suspend when it shuts down, then drops them; 30 s
    /// unless set. What was dropped is run again, like after a crash.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// The endpoint.
    ///
    /// # Errors
    ///
    /// When two services have the same name, or something that was set means nothing.
    pub fn build(self) -> Result<Endpoint, BuildError> {
        let mut services = HashMap::with_capacity(self.services.len());
        let mut entries = Vec::with_capacity(self.services.len());
        for (service, overrides) in self.services {
            let service = overrides.apply(service).map_err(BuildError::NoSuchHandler)?;
            let descriptor = service.descriptor();
            entries.push(ServiceEntry::new(descriptor)?);
            match services.entry(descriptor.name()) {
                Entry::Vacant(vacant) => _ = vacant.insert(service),
                Entry::Occupied(_) => return Err(BuildError::SameName(descriptor.name())),
            }
        }
        Ok(Endpoint::new(Parts {
            services,
            entries,
            protocol_mode: self.protocol_mode,
            message_limit: self.message_limit,
            shutdown_timeout: self.shutdown_timeout,
            drain: CancellationToken::new(),
            #[cfg(feature = "request-identity")]
            identity: crate::identity::Verifier::new(&self.identity_keys)?,
            #[cfg(feature = "tls")]
            tls: self.tls,
        }))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.services.iter().map(|(service, _)| service.descriptor().name());
        f.debug_struct("Builder")
            .field("services", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Why an endpoint cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// Two services with this name were bound.
    SameName(&'static str),
    /// Settings were given for a handler that is not there.
    NoSuchHandler(NoSuchHandler),
    /// A setting means nothing where it was made.
    Setting {
        /// Wire name of the service.
        service: &'static str,
        /// Wire name of the handler, if it is a handler's setting.
        handler: Option<&'static str>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The JSON Schema of a handler's request or response is not JSON.
    Schema {
        /// Wire name of the service.
        service: &'static str,
        /// Wire name of the handler.
        handler: &'static str,
        /// Where it stops to be JSON.
        error: serde_json::Error,
    },
    /// An identity key is not a public key in the form that a Restate server prints.
    #[cfg(feature = "request-identity")]
    IdentityKey {
        /// The key as it was given.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl BuildError {
    pub(crate) fn setting(
        service: &'static ServiceDescriptor,
        handler: Option<&'static HandlerDescriptor>,
        reason: &'static str,
    ) -> Self {
        let handler = handler.map(HandlerDescriptor::name);
        Self::Setting { service: service.name(), handler, reason }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameName(name) => {
                write!(f, "service `{name}` is bound twice; a name stands for one service")
            }
            Self::NoSuchHandler(error) => error.fmt(f),
            Self::Setting { service, handler: None, reason } => {
                write!(f, "a setting of `{service}` means nothing: {reason}")
            }
            Self::Setting { service, handler: Some(handler), reason } => {
                write!(f, "a setting of `{service}/{handler}` means nothing: {reason}")
            }
            Self::Schema { service, handler, error } => {
                write!(f, "a JSON Schema of `{service}/{handler}` is not JSON: {error}")
            }
            #[cfg(feature = "request-identity")]
            Self::IdentityKey { key, reason } => write!(
                f,
                "identity key `{key}` {reason}; take the `publickeyv1_…` that the Restate server \
                 prints when it starts"
            ),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Schema { error, .. } => Some(error),
            _ => None,
        }
    }
}
