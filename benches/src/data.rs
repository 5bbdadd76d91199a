//! Where programs keep their data.

use std::{fs, io};

use restate_tests::target;
use tempfile::TempDir;

/// A new data directory for a peer, on the same disk for all.
pub(crate) fn data_directory() -> io::Result<TempDir> {
    let root = target().join("bench/data");
    fs::create_dir_all(&root)?;
    TempDir::new_in(root)
}
