//! The calls that are measured, by the names that they have on every peer.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use clap::ValueEnum;
use http::Request;
use http_body_util::Full;
use serde::Serialize;

use crate::{Failed, connection::post};

/// A handler and its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Workload {
    /// A handler without context operations.
    Greet,
    /// Three `run` steps in sequence.
    Steps,
    /// The same three steps, marked as read-only.
    Read,
    /// A call to another handler.
    Call,
    /// Reads and writes the state of one of several objects.
    Add,
    /// Ten one-way calls to another handler.
    Fan,
    /// A call that makes three calls, each of which makes three.
    Tree,
}

impl Workload {
    pub(crate) const ALL: [Self; 7] =
        [Self::Greet, Self::Steps, Self::Read, Self::Call, Self::Add, Self::Fan, Self::Tree];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Greet => "/Greeter/greet",
            Self::Steps => "/Steps/run",
            Self::Read => "/Steps/read",
            Self::Call => "/Chain/call",
            Self::Add => "/Counter/{key}/add",
            Self::Fan => "/Chain/fan",
            Self::Tree => "/Tree/call",
        }
    }

    pub(crate) fn body(self) -> &'static str {
        match self {
            Self::Greet | Self::Steps | Self::Read | Self::Call | Self::Tree => r#"{"name":"P"}"#,
            Self::Add => r#"{"delta":1}"#,
            Self::Fan => r#"{"n":10}"#,
        }
    }
}

/// The sequence of calls of one workload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) workload: Workload,
    /// The number of objects that [`Workload::Add`] calls.
    pub(crate) objects: u64,
    /// Whether each call has its own idempotency key.
    pub(crate) idempotent: bool,
}

impl From<Workload> for Calls {
    fn from(workload: Workload) -> Self {
        Self { workload, objects: 64, idempotent: false }
    }
}

impl Calls {
    /// The request of the Nth call on a connection.
    pub(crate) fn request(
        self,
        connection: usize,
        call: u64,
    ) -> Result<Request<Full<Bytes>>, Failed> {
        static IDEMPOTENT: AtomicU64 = AtomicU64::new(0);

        let path = match self.workload {
            Workload::Add => format!("/Counter/{}/add", self.object(connection as u64, call)),
            other => other.name().to_owned(),
        };
        let key = self.idempotent.then(|| {
            let number = IDEMPOTENT.fetch_add(1, Ordering::Relaxed);
            format!("{:016x}-called", scattered(number))
        });
        post(path, key, self.workload.body())
    }

    /// The object to call. Concurrent calls of different connections go to different objects.
    fn object(self, connection: u64, call: u64) -> u64 {
        // Primes visit every object, and keep concurrent calls on distant ones.
        (connection * 15_485_863 + call * 104_729) % self.objects
    }
}

/// A distinct, seemingly random number for each `number`, because users' keys have no order either.
pub(crate) fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_connection_calls_every_object_and_none_concurrently() {
        for objects in [64, 10_000] {
            let calls = Calls { objects, ..Calls::from(Workload::Add) };
            let of_one: BTreeSet<_> = (0..objects).map(|call| calls.object(3, call)).collect();
            assert_eq!(of_one.len() as u64, objects);
            let at_a_time: BTreeSet<_> = (0..64).map(|it| calls.object(it, 5)).collect();
            assert_eq!(at_a_time.len(), 64);
        }
    }
}
