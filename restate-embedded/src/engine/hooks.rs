use std::{sync::Arc, time::Duration};

use restate_core::attempt::{AttemptOptions, Clock, SystemClock};

use super::{driver::Driver, inbox::Inbox};
use crate::{model::target::Target, store::StoreError};

/// Where tests take the place of the world around the driver: its clock, and what goes wrong.
///
/// The driver calls these from its own thread. What they do by default is what production does.
pub(crate) trait Hooks: Send + Sync {
    /// The clock that the engine and its attempts read.
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    /// The seed of the random halves of invocation ids, all of which come after `last_order`.
    fn id_seed(&self, _last_order: u64) -> u64 {
        use std::hash::{BuildHasher as _, RandomState};

        // The standard library seeds its hashers with bits that no earlier process has had.
        RandomState::new().hash_one("invocation ids")
    }

    /// An attempt is about to start, with these options.
    fn attempt_starts(
        &self,
        _attempt: u64,
        _target: &Target,
        _inbox: &Arc<Inbox>,
        _options: &mut AttemptOptions,
    ) {
    }

    /// An attempt is about to receive bytes, or to be told that none will follow.
    fn attempt_wakes(&self, _attempt: u64) {}

    /// All that has arrived is done. Returns how long the driver waits if nothing arrives.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn round_ended(&self, driver: &mut Driver) -> Result<Duration, StoreError> {
        Ok(driver.until_tick())
    }

    /// The driver has stopped, for whatever reason.
    fn driver_stopped(&self) {}
}

/// Real time, and no faults.
#[derive(Debug)]
pub(crate) struct Production;

impl Hooks for Production {}
