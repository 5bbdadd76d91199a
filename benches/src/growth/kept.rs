use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Serialize;

use super::engine::Engine;
use crate::{
    Failed,
    connection::post,
    fill::fill,
    workload::{Calls, Workload, scattered},
};

/// What the engine stores during the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kept {
    /// Retained results of completed invocations.
    Retained,
    /// Retained results, and an idempotency key on each call, which is looked up among theirs.
    Idempotent,
    /// Suspended invocations.
    Suspended,
    /// Delayed calls, each with its timer.
    Delayed,
    /// Objects with state, all of which are called.
    Objects,
}

impl Kept {
    pub(super) const ALL: [Self; 5] =
        [Self::Retained, Self::Idempotent, Self::Suspended, Self::Delayed, Self::Objects];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Retained => "retained results",
            Self::Idempotent => "retained results, calls with idempotency keys",
            Self::Suspended => "suspended invocations",
            Self::Delayed => "delayed calls",
            Self::Objects => "objects with state, called one after the other",
        }
    }

    /// The numbers of stored items; the others are compared with the first.
    pub(super) fn sizes(self, quick: bool) -> &'static [u64] {
        match (self, quick) {
            (Self::Objects, true) => &[64, 100_000],
            (Self::Objects, false) => &[64, 10_000, 1_000_000],
            (Self::Suspended, true) => &[0, 10_000],
            (Self::Suspended, false) => &[0, 10_000, 100_000],
            (_, true) => &[0, 100_000],
            // Not 10,000: the measured calls add about as many themselves.
            (Self::Idempotent, false) => &[0, 100_000, 1_000_000],
            (_, false) => &[0, 10_000, 100_000, 1_000_000],
        }
    }

    /// Makes an engine store `size` items.
    pub(super) fn fill(self, engine: &Engine, size: u64) -> Result<(), Failed> {
        let request: fn(u64) -> Result<Request<Full<Bytes>>, Failed> = match self {
            Self::Retained | Self::Idempotent => |n| {
                let key = format!("{:016x}-filled", scattered(n));
                post("/Greeter/greet/send".to_owned(), Some(key), r#"{"name":"P"}"#)
            },
            Self::Suspended => |_| post("/Rest/rest/send".to_owned(), None, ""),
            Self::Delayed => |_| {
                let path = "/Greeter/greet/send?delay=30d".to_owned();
                post(path, None, r#"{"name":"P"}"#)
            },
            Self::Objects => |n| post(format!("/Counter/{n}/add/send"), None, Workload::Add.body()),
        };
        fill(engine.ingress, size, request)?;
        let table = match self {
            Self::Retained | Self::Idempotent => "completed",
            Self::Suspended => "invocation WHERE phase = 2",
            Self::Delayed => "invocation WHERE phase = 0",
            Self::Objects => "state",
        };
        engine.wait_for(table, size)
    }

    /// The calls that are measured.
    pub(super) fn calls(self, size: u64) -> Calls {
        match self {
            Self::Idempotent => Calls { idempotent: true, ..Workload::Greet.into() },
            Self::Objects => Calls { objects: size, ..Workload::Add.into() },
            _ => Workload::Greet.into(),
        }
    }
}
