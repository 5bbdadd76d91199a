//! Prometheus' own checker of metrics and queries, for tests.

use std::env;

use crate::{
    command::Failed,
    debian::{Packages, Release},
    target::target,
};

/// The environment variable that names an existing program.
const VARIABLE: &str = "PROMTOOL";

const PROMETHEUS: Packages = Packages {
    release: Release::OfSystem,
    names: &["prometheus"],
    way_out: "promtool is missing: apt downloads it where the system is Debian; elsewhere, set PROMTOOL to the \
              path of one, or skip its tests with `cargo xtask test --without-server`",
};

/// Unpacks it into `target/`, unless it is there or the variable names another one.
pub(crate) fn install() -> Result<(), Failed> {
    let directory = target().join("promtool");
    if env::var_os(VARIABLE).is_some() || directory.join("usr/bin/promtool").exists() {
        return Ok(());
    }
    PROMETHEUS.unpack(&directory.join("apt"), &directory)
}
