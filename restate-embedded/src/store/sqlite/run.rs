//! Marks a database as in use, so that a copy without its log is recognized.
//!
//! While an engine runs, the latest commits are only in the write-ahead log. SQLite opens a copy of the
//! main file alone as if they had never happened. So the main file holds the id of the run that uses it,
//! from its start to its regular end, and a file next to it holds the same id.

use std::{fmt, fs, path::Path};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::{OpenError, SqliteStore};
use crate::model::randomness::Randomness;

/// One run of an engine on a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunId(String);

impl RunId {
    pub(crate) fn new(randomness: &mut Randomness) -> Self {
        Self(format!("{:016x}", randomness.next()))
    }
}

impl From<&str> for RunId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SqliteStore {
    /// Marks the main file, before anything is acknowledged. False if only the log has the mark, because
    /// another program is reading.
    pub(crate) fn begin_run(&self, run: &RunId) -> Result<bool, OpenError> {
        self.connection.execute("DELETE FROM run", [])?;
        self.connection.execute("INSERT INTO run (id) VALUES (?1)", params![run.0])?;
        Ok(self.fold_log()?)
    }

    /// Removes the mark. The main file holds everything then.
    pub(super) fn end_run(&self) -> rusqlite::Result<()> {
        self.connection.execute("DELETE FROM run", [])?;
        self.fold_log().map(drop)
    }

    fn fold_log(&self) -> rusqlite::Result<bool> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            let busy: bool = row.get(0)?;
            Ok(!busy)
        })
    }
}

/// Checks that a database and its log belong together. `known` are the runs that the directory knows of.
///
/// # Errors
///
/// When the log is missing, or is that of another run.
pub(super) fn check_log(database: &Path, known: &[RunId]) -> Result<(), OpenError> {
    let Some(run) = run_of_main_file(database) else { return Ok(()) };
    if known.contains(&run) {
        // A log that is missing has been copied into the main file, as SQLite does when the last
        // program closes it.
        return Ok(());
    }
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    match fs::exists(&log) {
        // Somebody has copied both, and not the file with the run.
        Ok(true) if known.is_empty() => Ok(()),
        Ok(true) => Err(OpenError::OtherLog),
        Ok(false) | Err(_) => Err(OpenError::MissingLog),
    }
}

/// The run that the main file is marked with, whatever its log says.
fn run_of_main_file(database: &Path) -> Option<RunId> {
    const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

    // What cannot be read here, such as an empty file or a damaged one, is judged when it is opened.
    let path = percent_encode(database.as_os_str().as_encoded_bytes(), PATH);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags).ok()?;
    let read = connection.query_row("SELECT id FROM run", [], |row| row.get(0)).optional();
    read.ok()?.map(RunId)
}
