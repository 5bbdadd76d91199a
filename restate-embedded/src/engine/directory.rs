use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// A data directory, locked against other processes for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: File,
}

/// Why a directory cannot be used.
#[derive(Debug)]
pub(crate) enum DirectoryError {
    /// Another process has locked it.
    InUse,
    /// It cannot be created, or written to.
    Io(io::Error),
}

impl Directory {
    /// Locks the directory at `path`; creates it if it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self, DirectoryError> {
        fs::create_dir_all(path).map_err(DirectoryError::Io)?;
        let lock = File::create(path.join("lock")).map_err(DirectoryError::Io)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DirectoryError::InUse),
            Err(TryLockError::Error(source)) => Err(DirectoryError::Io(source)),
        }
    }

    /// The path of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("restate.sqlite")
    }
}
