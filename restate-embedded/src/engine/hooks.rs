use std::{sync::Arc, time::Duration};

use restate_core::attempt::{AttemptOptions, Clock, SystemClock};

use super::{driver::Driver, inbox::Inbox};
use crate::{
    model::{randomness::Randomness, target::Target},
    store::StoreError,
};

/// How tests replace the clock and inject faults.
///
/// The driver calls these methods on its own thread. Their default bodies are what production does.
pub(crate) trait Hooks: Send + Sync {
    /// The clock that the engine and its attempts read.
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    /// The random parts of invocation ids; all stored ids are at most `last_order`.
    fn randomness(&self, _last_order: u64) -> Randomness {
        Randomness::system()
    }

    /// Called before an attempt starts with these options.
    fn attempt_starts(
        &self,
        _attempt: u64,
        _target: &Target,
        _inbox: &Arc<Inbox>,
        _options: &mut AttemptOptions,
    ) {
    }

    /// Called before an attempt receives bytes, or learns that none will follow.
    fn attempt_wakes(&self, _attempt: u64) {}

    /// Called when all commands that have arrived are done. Returns how long the driver waits for
    /// the next one before it ticks.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn round_ended(&self, driver: &mut Driver) -> Result<Duration, StoreError> {
        Ok(driver.until_tick())
    }

    /// Called when the driver has stopped, at a shutdown or by an error.
    fn driver_stopped(&self) {}
}

/// The system clock, and no faults.
#[derive(Debug)]
pub(crate) struct Production;

impl Hooks for Production {}
