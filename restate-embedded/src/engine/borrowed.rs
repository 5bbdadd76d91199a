//! Rounds of the driver on the threads of those who have work for it, which saves switches of threads.
//!
//! A panic or an error of the store must stop the engine and not the borrowing thread, so it is left to
//! the engine's own thread.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

use super::{
    driver::Driver,
    inbox::{Command, Inbox},
};
use crate::store::StoreError;

/// The thread that runs a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoundThread {
    /// Of the engine itself.
    Engine,
    /// Of the syncs of its store.
    Sync,
    /// Of handlers.
    Handler,
    /// Of a client, such as a server. A disk must not hold it up.
    Client,
}

/// Why a round on a borrowing thread has failed.
#[derive(Debug)]
pub(super) enum RoundFailure {
    Store(StoreError),
    Panic(Box<dyn Any + Send>),
}

impl RoundFailure {
    /// Fails on the engine's thread.
    pub(super) fn raise(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Panic(panic) => resume_unwind(panic),
        }
    }
}

/// Runs a round with what was posted, on this thread. If the driver is in use, or something else has
/// arrived that belongs to the engine's thread, whoever has the driver runs it.
pub(super) fn run_round(inbox: &Inbox, thread: RoundThread) {
    let Some((mut driver, commands)) = inbox.borrow(Command::is_for_any_thread) else { return };
    if driver.state.failure.is_some() {
        // The engine's thread has not taken it yet. Nothing may follow what has failed.
        inbox.give_back(driver, Duration::ZERO);
        return;
    }
    let round = AssertUnwindSafe(|| {
        // Only `Abort` breaks, which is for the engine's thread.
        let _ = driver.round(commands, thread)?;
        Ok(driver.pause())
    });
    let pause = match catch_unwind(round) {
        Ok(Ok(pause)) => pause,
        Ok(Err(error)) => fail(&mut driver, RoundFailure::Store(error)),
        Err(panic) => fail(&mut driver, RoundFailure::Panic(panic)),
    };
    inbox.give_back(driver, pause);
}

fn fail(driver: &mut Driver, failure: RoundFailure) -> Duration {
    driver.state.failure = Some(failure);
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use bytes::Bytes;

    use super::*;
    use crate::{
        engine::{
            Engine,
            handle::{HandleError, InvokeRequest},
        },
        model::target::Target,
        store::{Intercept, InterceptedStore, MemoryStore, Reads, Store as _, Write},
    };

    /// A store that does not take writes once it is told so.
    struct Refuses {
        refuses: Arc<AtomicBool>,
        with: fn() -> StoreError,
    }

    impl Intercept for Refuses {
        fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
            match self.refuses.load(Ordering::Relaxed) {
                true => Err((self.with)()),
                false => Reads::apply(memory, write),
            }
        }

        fn commit(&mut self, memory: &mut MemoryStore) -> Result<(), StoreError> {
            memory.commit()
        }
    }

    /// What an engine ends with whose client has borrowed the driver when it failed.
    async fn failed_with(with: fn() -> StoreError) -> String {
        let refuses = Arc::new(AtomicBool::new(false));
        let intercept = Refuses { refuses: Arc::clone(&refuses), with };
        let store = InterceptedStore { memory: MemoryStore::default(), intercept };
        let engine = Engine::builder().store(store).start().await.unwrap();
        refuses.store(true, Ordering::Relaxed);
        let request = InvokeRequest {
            target: Target::new("Nobody", "home", ""),
            idempotency_key: None,
            limit_key: None,
            headers: Vec::new(),
            body: Bytes::new(),
            delay: None,
        };
        let sent = engine.handle.send(request).await;
        assert_eq!(sent.unwrap_err(), HandleError::Stopped);
        engine.run_until(std::future::pending::<()>()).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_failure_on_a_thread_of_a_client_stops_the_engine() {
        let error = failed_with(|| StoreError::new("write", "the disk is full")).await;
        assert!(error.contains("the disk is full"), "{error}");
    }

    #[tokio::test]
    async fn a_panic_on_a_thread_of_a_client_stops_the_engine() {
        let error = failed_with(|| panic!("a row makes no sense")).await;
        assert!(error.contains("panic"), "{error}");
    }
}
