//! What cargo knows about the workspace.

use std::process::Command;

use serde_json::Value;

use crate::command::{Failed, output};

/// The root of the workspace and its packages, as `cargo metadata` prints them.
pub(crate) fn metadata() -> Result<Value, Failed> {
    let mut cargo = Command::new(env!("CARGO"));
    let printed = output(cargo.args(["metadata", "--no-deps", "--format-version=1"]))?;
    serde_json::from_str(&printed).map_err(Failed::Metadata)
}

/// The packages of the workspace that are published.
pub(crate) fn published() -> Result<Vec<Value>, Failed> {
    let mut metadata = metadata()?;
    let packages = metadata["packages"].as_array_mut().map(std::mem::take).unwrap_or_default();
    // `publish = false` is an empty list of registries.
    Ok(packages.into_iter().filter(|package| package["publish"].is_null()).collect())
}
