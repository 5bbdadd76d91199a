use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::{
    model::{encryption::Keys, randomness::Randomness, settings::Durability},
    store::{OpenError, RunId, SqliteStore},
};

/// A data directory, locked against other processes for as long as this value lives.
///
/// It holds the database and its log; `lock`, which is only locked; `run`, which names the run of an engine
/// that uses the database, see [`RunId`]; and `running`, the attempts that run, see `crash_log.rs`.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    lock: File,
}

/// Why a directory cannot be used.
#[derive(Debug)]
pub(crate) enum DirectoryError {
    /// Another process has locked it.
    InUse,
    /// It cannot be created, or written to.
    Io(io::Error),
    /// Its database cannot be opened.
    Database(OpenError),
}

impl From<io::Error> for DirectoryError {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A child process has a copy of the file until it executes its program; closing ours would leave the lock.
        let _ = self.lock.unlock();
    }
}

impl Directory {
    /// Locks the directory at `path`; creates it if it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self, DirectoryError> {
        create(path)?;
        let lock = open_own(&path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(DirectoryError::InUse),
            Err(TryLockError::Error(source)) => Err(DirectoryError::Io(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("restate.sqlite")
    }

    /// Opens the database, and marks it as in use until [`end_run`](Self::end_run).
    pub(crate) fn open_store(
        &self,
        durability: Durability,
        keys: Keys,
    ) -> Result<SqliteStore, DirectoryError> {
        let database = self.database();
        // SQLite gives the log and its index the permissions of the database.
        drop(open_own(&database)?);
        for suffix in ["-wal", "-shm"] {
            restrict(&self.path.join(format!("restate.sqlite{suffix}")))?;
        }
        let known = self.runs()?;
        let store = SqliteStore::open_checked(&database, durability, &known, keys)
            .map_err(DirectoryError::Database)?;
        let run = RunId::new(&mut Randomness::system());
        // Until the database has the new mark, it has that of the run before.
        self.write_runs(&[&known[..], std::slice::from_ref(&run)].concat())?;
        if store.begin_run(&run).map_err(DirectoryError::Database)? {
            self.write_runs(&[run])?;
        }
        Ok(store)
    }

    /// The file of the log of running attempts.
    pub(crate) fn running(&self) -> io::Result<File> {
        open_own(&self.path.join("running"))
    }

    /// The store has been closed and holds everything.
    pub(crate) fn end_run(&self) -> io::Result<()> {
        self.write_runs(&[])
    }

    fn runs(&self) -> io::Result<Vec<RunId>> {
        match fs::read_to_string(self.path.join("run")) {
            Ok(text) => Ok(text.lines().map(RunId::from).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file `run`, durably: the database is marked only after that.
    fn write_runs(&self, runs: &[RunId]) -> io::Result<()> {
        use io::Write as _;

        let (path, new) = (self.path.join("run"), self.path.join("run.new"));
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = options().create_new(true).open(&new)?;
        runs.iter().try_for_each(|run| writeln!(file, "{run}"))?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        // Other systems cannot open a directory, or do not need it.
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}

/// Creates a directory that only this user can enter. One that exists keeps its permissions, as it may
/// be a volume that is not this user's; the files in it are protected by their own.
fn create(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Another process was faster.
        Err(_) if path.is_dir() => Ok(()),
        created => created,
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens a file of the engine, or creates it; only this user can read it. A link is refused: it
/// would make this process write somewhere else.
fn open_own(path: &Path) -> io::Result<File> {
    match options().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        opened => return opened,
    }
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() {
        let message = format!("`{}` is not a file of its own: move it away", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let file = options().open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        let opened = file.metadata()?;
        if (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
            return Err(io::Error::other(format!("`{}` was replaced meanwhile", path.display())));
        }
    }
    restrict(path)?;
    Ok(file)
}

/// Takes away the permissions that others have for a file, if it exists.
fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = match fs::symlink_metadata(path) {
            Ok(found) => found.permissions().mode(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if mode & 0o077 != 0
            && let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        {
            // The file belongs to another user, as on a volume that a group shares.
            tracing::warn!("other users may read `{}`: {error}", path.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Directory;

    #[test]
    fn a_copy_of_the_lock_in_a_child_process_does_not_keep_it() {
        let path = tempfile::tempdir().unwrap();
        let directory = Directory::open(path.path()).unwrap();
        // As `fork` copies it.
        let copy = directory.lock.try_clone().unwrap();
        drop(directory);
        Directory::open(path.path()).unwrap();
        drop(copy);
    }
}
