//! The effect of growing journals, payloads and stored data.

mod beside;
mod engine;
mod kept;
mod size;

use crate::{Failed, report::Report};

/// Measures `rounds` rounds, and writes the tables `growth` and `kept`.
pub(crate) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    size::run(rounds, quick, report)?;
    beside::run(rounds, quick, report)
}
