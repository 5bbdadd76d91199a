//! Options of deployments: services behind URLs.

use std::num::NonZeroUsize;

use super::EngineBuilder;
use crate::engine::remote::address::DeploymentAddress;

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

    /// How many attempts one deployment has at a time; default 1000. Other invocations wait.
    pub fn deployment_concurrency(mut self, attempts: NonZeroUsize) -> Self {
        self.settings.deployment_concurrency = attempts.get();
        self
    }
}
