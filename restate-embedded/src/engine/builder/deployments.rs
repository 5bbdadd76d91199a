//! Options of deployments: services behind URLs.

use std::num::NonZeroUsize;

use super::EngineBuilder;
#[cfg(any(feature = "contracts", feature = "deployments-identity"))]
use crate::engine::error::EngineBuildError;
use crate::engine::remote::address::DeploymentAddress;
#[cfg(feature = "deployments-identity")]
use crate::engine::remote::identity::RequestIdentity;

impl EngineBuilder {
    /// Runs handlers behind this URL, such as `http://localhost:9080`: services that any SDK for Restate
    /// serves there, in another process.
    ///
    /// The engine asks it for its services at the start, and again until it answers. If it has not after five
    /// seconds, the engine starts without it, and refuses calls of services that are not known with code 503
    /// (`UNAVAILABLE` over gRPC) instead of 404, so that clients try again. Where the services have changed, they
    /// become the newest revisions. A service that is also bound in this process is newer than what was registered
    /// before the start. The deployment is kept in the data directory: an invocation that has started on a deployment
    /// stays there, also if the next start does not name it. The admin interface registers, lists and removes
    /// deployments while the engine runs.
    ///
    /// Nothing is sent to a deployment before everything it depends on is on the disk.
    pub fn deployment(mut self, address: impl Into<DeploymentAddress>) -> Self {
        self.deployments.push(address.into());
        self
    }

    /// Reads the requests and responses of services of deployments by their contracts: an encoded
    /// `google.protobuf.FileDescriptorSet` with all imports, as `buf build -o shop.binpb` or
    /// `protoc --include_imports -o shop.binpb` writes it. Can be called several times.
    ///
    /// A deployment says only which content types its handlers take. With the contract, clients call such a
    /// service as one of this process: over gRPC, gRPC-Web and Connect, with reflection, and with JSON or binary
    /// protobuf whatever the handler takes. Journals show messages by the names of their fields, without the
    /// values of those with `debug_redact`. The services are those that deployments have under the names in the
    /// contract. A handler serves the rpc with its name, also in another case: `shipParcel` serves `ShipParcel`.
    ///
    /// A handler gets requests as it says that it takes them: JSON for `application/json`, binary for
    /// `application/proto` and `application/octet-stream`. One that takes `*/*` gets what the contract says with
    /// `encoding`, or else binary if it returns that, or else what the client has sent. Calls between handlers are not
    /// converted.
    ///
    /// ```no_run
    /// use restate_embedded::Engine;
    ///
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let contracts = std::fs::read("shop.binpb")?;
    /// let builder = Engine::builder().deployment("http://localhost:9080").contracts(&contracts)?;
    /// # let _ = builder;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When it is not such a set, lacks imports, has no services, or has one that a former set has.
    #[cfg(feature = "contracts")]
    pub fn contracts(mut self, descriptor_set: &[u8]) -> Result<Self, EngineBuildError> {
        let added = self.contracts.add(descriptor_set);
        added.map_err(|reason| EngineBuildError::InvalidContracts { reason })?;
        Ok(self)
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
