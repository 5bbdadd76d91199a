//! The directory of build output and installed tools.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The directory that cargo builds into.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from)
}
