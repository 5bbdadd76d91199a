//! The same endpoint behind our engine and behind a Restate server.

use crate::{comparison::Comparison, peer::Peer};

pub(crate) const DEPLOYMENTS: Comparison = Comparison {
    name: "deployments",
    peers: &[Peer::Deployed, Peer::Endpoint],
    base: Peer::Endpoint,
    columns: &[
        ("calls/s", |it| it.calls_per_second),
        ("p50 ms", |it| it.p50_ms),
        ("engine MB", |it| it.engine_mb),
    ],
};
