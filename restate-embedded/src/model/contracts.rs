//! Contracts of services of other programs, which these describe only in part.

use restate_core::contract::ServiceDescriptor;
#[cfg(feature = "contracts")]
use {
    restate_grpc::{Contracts, DefaultEncoding, RemoteContracts},
    std::{ptr, sync::Arc},
};

/// The contracts that an engine was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenContracts {
    #[cfg(feature = "contracts")]
    sets: Vec<Arc<RemoteContracts>>,
}

#[cfg(feature = "contracts")]
impl GivenContracts {
    /// Takes in those of an encoded descriptor set.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, or which service has a contract already.
    pub(crate) fn add(&mut self, set: &[u8]) -> Result<(), String> {
        let contracts = Contracts::read(set, DefaultEncoding::AsRequest);
        let added = RemoteContracts::new(contracts.map_err(|error| error.to_string())?);
        let known = |name: &&str| self.sets.iter().any(|set| set.names().any(|it| it == *name));
        if let Some(name) = added.names().find(known) {
            return Err(format!("two descriptor sets have the service `{name}`"));
        }
        self.sets.push(Arc::new(added));
        Ok(())
    }

    /// A service of another program with what its contract tells, if there is one.
    pub(crate) fn describe(&self, known: &'static ServiceDescriptor) -> &'static ServiceDescriptor {
        let described = self.sets.iter().map(|set| set.describe(known));
        described.into_iter().find(|it| !ptr::eq(*it, known)).unwrap_or(known)
    }
}

#[cfg(not(feature = "contracts"))]
impl GivenContracts {
    #[expect(clippy::unused_self, reason = "without the feature there are no contracts")]
    pub(crate) fn describe(&self, known: &'static ServiceDescriptor) -> &'static ServiceDescriptor {
        known
    }
}
