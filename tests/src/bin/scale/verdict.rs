//! What a measurement finds.

use std::error::Error;

/// Whether every requirement is met.
pub(crate) type Verdict = Result<bool, Box<dyn Error>>;

/// Prints and returns whether a requirement is met.
pub(crate) fn verdict(what: &str, holds: bool) -> bool {
    println!("{}: {what}", if holds { "met" } else { "NOT MET" });
    holds
}
