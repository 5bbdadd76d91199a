//! Options of deployments: services behind URLs.

use std::num::NonZeroUsize;

use super::EngineBuilder;
use crate::engine::remote::address::DeploymentAddress;
#[cfg(feature = "deployments-identity")]
use crate::engine::{error::EngineBuildError, remote::identity::RequestIdentity};

impl EngineBuilder {
    /// Runs handlers behind this URL, such as `http://localhost:9080`: services that any SDK for Restate
    /// serves there, in another process.
    ///
    /// The engine asks it for its services at the start, and again until it answers. Where they have
    /// changed, they become the newest revisions. A service that is also bound in this process is newer than
    /// what was registered before the start. The deployment is kept in the data directory: an invocation that has started on a deployment stays there, also if
    /// the next start does not name it. The admin interface registers, lists and removes deployments while
    /// the engine runs.
    ///
    /// Nothing is sent to a deployment before everything it depends on is on the disk.
    pub fn deployment(mut self, address: impl Into<DeploymentAddress>) -> Self {
        self.deployments.push(address.into());
        self
    }

    /// Checks the certificates of deployments with `https://` as this configuration says, such as against
    /// certificate authorities of your own; without it, against those that the system trusts.
    ///
    /// Its ALPN protocols do not count: the engine offers the one that it speaks.
    #[cfg(feature = "deployments-tls")]
    pub fn deployment_tls(mut self, config: crate::rustls::ClientConfig) -> Self {
        self.security.tls = Some(std::sync::Arc::new(config));
        self
    }

    /// Signs requests to deployments with this key, so that endpoints can refuse those of others: the text
    /// of a PEM file with an Ed25519 key, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// Endpoints of any SDK are configured with the public key. It is in the claim `kid` of the tokens, and
    /// begins with `publickeyv1_`.
    ///
    /// # Errors
    ///
    /// When the text has no such key.
    #[cfg(feature = "deployments-identity")]
    pub fn request_identity(mut self, pem: &str) -> Result<Self, EngineBuildError> {
        let identity = RequestIdentity::from_pem(pem)
            .map_err(|reason| EngineBuildError::InvalidIdentity { reason })?;
        self.security.identity = Some(std::sync::Arc::new(identity));
        Ok(self)
    }

    /// How many attempts one deployment has at a time; default 1000. Other invocations wait.
    pub fn deployment_concurrency(mut self, attempts: NonZeroUsize) -> Self {
        self.settings.deployment_concurrency = attempts.get();
        self
    }
}
