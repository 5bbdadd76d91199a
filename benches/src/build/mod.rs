//! What developers wait for: code generation and compilation.

mod codegen;
mod compile;
mod contracts;
mod cost;
mod user;

use crate::{Failed, report::Report};

/// Measures `rounds` rounds, and writes the tables `codegen` and `build`.
pub(crate) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    codegen::run(rounds, quick, report)?;
    compile::run(rounds, quick, report)
}
