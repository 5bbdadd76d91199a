//! What grows: journals and payloads of calls, and what an engine keeps beside them.

mod beside;
mod engine;
mod kept;
mod size;

use crate::{Failed, report::Report};

/// Measures in so many rounds, and writes the tables `growth` and `kept`.
pub(crate) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    size::run(rounds, quick, report)?;
    beside::run(rounds, quick, report)
}
