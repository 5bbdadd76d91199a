//! Figures of an engine, and the text in which Prometheus reads them.
//!
//! Counting takes one addition in memory, without a lock or an allocation: figures are made before
//! anything is counted, one set for each handler that is known. Nothing else happens until somebody asks
//! for the text.

mod exposition;
mod figures;
mod histogram;
mod process;

pub use exposition::{CONTENT_TYPE, Exposition, Kind};
pub use figures::{Counter, Gauge};
pub use histogram::{Bounds, Histogram, LATENCY, MICROS_PER_SECOND, QUICK};
pub use process::expose_process;

/// The service and the handler under which everything counts that no known handler has. The name of a
/// service has no parentheses.
pub const UNKNOWN: &str = "(unknown)";
