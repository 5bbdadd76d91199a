//! Deployments that the engine was started with, and which are not registered yet: they may have any service.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use restate_core::TerminalError;

/// Their URLs.
#[derive(Clone, Debug, Default)]
pub(crate) struct AwaitedDeployments(Arc<Mutex<Vec<String>>>);

impl AwaitedDeployments {
    #[cfg(feature = "deployments")]
    pub(super) fn add(&self, url: &str) {
        self.lock().push(url.to_owned());
    }

    #[cfg(feature = "deployments")]
    pub(super) fn remove(&self, url: &str) {
        self.lock().retain(|awaited| awaited != url);
    }

    /// Refuses to call a service that is not known: with code 404, or with 503, upon which clients try again, while
    /// one of these deployments may have it.
    pub(crate) fn no_such_service(&self, name: &str) -> TerminalError {
        match self.lock().first() {
            None => TerminalError::with_code(404, format!("no such service: `{name}`")),
            Some(url) => TerminalError::with_code(
                503,
                format!(
                    "no such service yet: `{name}`; the deployment at {url}, which may have it, is not \
                     registered so far"
                ),
            ),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        // A list of URLs is never left half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
