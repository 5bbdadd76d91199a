use std::{ffi::OsString, fs::File, path::Path};

use crate::store::{StoreError, Syncer};

/// Syncs the write-ahead log of a database.
///
/// A log that is synced up to the end of a commit is all that SQLite needs to find the commit after a
/// crash; it ignores what follows without a valid checksum.
#[derive(Debug)]
pub(super) struct SqliteSyncer {
    /// Opened before the first write that it syncs: the system reports an error of writing back to
    /// those who had the file open.
    log: File,
}

impl SqliteSyncer {
    /// Opens the log of an open database, which stays the same file until that is closed.
    pub(super) fn open(database: impl AsRef<Path>) -> Result<Self, StoreError> {
        let mut path = OsString::from(database.as_ref());
        path.push("-wal");
        // Some systems sync only files that are open for writing.
        let log = File::options().write(true).open(path);
        let log = log.map_err(|source| StoreError::new("open its log", source))?;
        Ok(Self { log })
    }
}

impl Syncer for SqliteSyncer {
    fn sync(&self) -> Result<(), StoreError> {
        self.log.sync_data().map_err(|source| StoreError::new("sync its log", source))
    }
}
