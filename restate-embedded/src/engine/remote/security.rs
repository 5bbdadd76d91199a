//! Whom a deployment is told that it talks to, and whom the engine believes to be one.

use std::fmt;
#[cfg(feature = "deployments-tls")]
use std::sync::{Arc, OnceLock};

use hyper::HeaderMap;

use super::error::RemoteError;
#[cfg(feature = "deployments-identity")]
use super::identity::RequestIdentity;

/// How exchanges with deployments are protected.
#[derive(Clone, Default)]
pub(crate) struct Security {
    #[cfg(feature = "deployments-tls")]
    pub(crate) tls: Option<Arc<tokio_rustls::rustls::ClientConfig>>,
    #[cfg(feature = "deployments-identity")]
    pub(crate) identity: Option<Arc<RequestIdentity>>,
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Security")
    }
}

impl Security {
    /// Signs a request for this path, if there is a key.
    pub(super) fn sign(&self, path: &str, headers: &mut HeaderMap) -> Result<(), RemoteError> {
        #[cfg(feature = "deployments-identity")]
        if let Some(identity) = &self.identity {
            return identity.sign(path, headers);
        }
        let _ = path;
        headers.insert("x-restate-signature-scheme", const { UNSIGNED });
        Ok(())
    }

    /// What checks the certificates of deployments: what was configured, or the authorities that the system
    /// trusts.
    #[cfg(feature = "deployments-tls")]
    pub(super) fn connector(
        &self,
        protocol: &[u8],
    ) -> Result<tokio_rustls::TlsConnector, RemoteError> {
        let config = match &self.tls {
            Some(config) => Arc::clone(config),
            None => trusting_the_system()?,
        };
        let mut config = (*config).clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Arc::new(config).into())
    }
}

const UNSIGNED: hyper::header::HeaderValue = hyper::header::HeaderValue::from_static("unsigned");

#[cfg(feature = "deployments-tls")]
fn trusting_the_system() -> Result<Arc<tokio_rustls::rustls::ClientConfig>, RemoteError> {
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    // Named, as rustls panics if two providers are compiled in and none is chosen.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| RemoteError::Lost { reason: error.to_string() })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}
