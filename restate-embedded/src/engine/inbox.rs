use std::{fmt, time::Duration};

use super::{driver::Driver, shared_queue::SharedQueue, wakes::WaitingClient};
use crate::{
    machine::{Input, Machine, Waiter},
    store::{Store, StoreError},
};

/// The queue of the driver: what arrives during a round waits here for the next one. An engine that has
/// stopped drops what arrives, and with it the senders of replies.
pub(crate) type Inbox = SharedQueue<Command, Box<Driver>>;

/// A function that sees the machine and the store.
pub(crate) struct Inspect(pub(crate) Look);

pub(crate) type Look = Box<dyn FnOnce(&Machine, &mut dyn Store) + Send>;

impl fmt::Debug for Inspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inspect")
    }
}

/// What the driver is told to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Step the machine.
    Input(Input),
    /// Step the machine with a request of a client, and send this waiter its reply.
    Request { input: Input, waiter: Waiter, client: WaitingClient },
    /// Call this with the machine and the store, once everything before it is durable.
    Inspect(Inspect),
    /// Ask running attempts to suspend, then stop: after this time, whether they have or not.
    Shutdown { deadline: Duration },
    /// Tell an attempt when everything that it has sent and received is durable.
    AwaitDurable { attempt: u64 },
    /// Tell an attempt on a deployment that these bytes of it, which came before, have been read.
    #[cfg(feature = "deployments")]
    Consumed { attempt: u64, bytes: usize },
    /// The sync under way has ended.
    SyncEnded,
    /// Stop, as the store cannot be read.
    StoreFailed(StoreError),
    /// Stop at once, as a crash would.
    Abort,
}

impl Command {
    /// Whether threads that borrow the driver carry it out, too. What may take long or ends the loop is
    /// for the engine's thread only.
    pub(super) fn is_for_any_thread(&self) -> bool {
        match self {
            Self::Input(_) | Self::Request { .. } | Self::AwaitDurable { .. } | Self::SyncEnded => {
                true
            }
            #[cfg(feature = "deployments")]
            Self::Consumed { .. } => true,
            Self::Inspect(_) | Self::Shutdown { .. } | Self::StoreFailed(_) | Self::Abort => false,
        }
    }
}
