//! What it costs to send spans to a collector.

use crate::{comparison::Comparison, peer::Peer};

pub(crate) const TRACES: Comparison = Comparison {
    name: "traces",
    peers: &[Peer::Embedded, Peer::EmbeddedTraced, Peer::EmbeddedTracedFully],
    base: Peer::Embedded,
    columns: &[("calls/s", |it| it.calls_per_second), ("CPU ms/call", |it| it.cpu_ms)],
};
