use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::{
    failure::{Cause, Failure},
    progress,
};

/// Queries that count rows which contradict others. An intact database has none of them; SQLite's own
/// check does not look at this.
const CONTRADICTIONS: [(&str, &str); 3] = [
    (
        "parts of journals without an invocation",
        "SELECT count(*) FROM journal WHERE invocation NOT IN (SELECT id FROM invocation) \
         AND invocation NOT IN (SELECT id FROM completed WHERE input IS NOT NULL)",
    ),
    (
        "scheduled invocations without a timer",
        "SELECT count(*) FROM invocation WHERE phase = 0 \
         AND id NOT IN (SELECT invocation FROM timer WHERE kind = 0)",
    ),
    (
        "invocations that are both completed and not completed",
        "SELECT count(*) FROM invocation WHERE id IN (SELECT id FROM completed)",
    ),
];

/// Copies a consistent snapshot of the database to a new file.
pub(crate) fn backup(data: &Path, file: &Path) -> Result<Value, Failure> {
    let connection = open(data)?;
    let Some(path) = file.to_str() else {
        return Err(Failure::new(Cause::Invalid, "the file name is not UTF-8; name another file"));
    };
    create(file)?;
    let copy = || {
        connection.execute("VACUUM INTO ?1", [path])?;
        // The copy is complete without a log, though an engine uses what it was made of.
        Connection::open(file)?.execute("DELETE FROM run", [])
    };
    let total = length(&connection);
    let line = || progress::bar("backup", std::fs::metadata(file).map_or(0, |it| it.len()), total);
    progress::shown(line, copy)
        .map_err(|error| format!("the backup to `{}` failed: {error}", file.display()))?;
    Ok(json!({ "backup": path }))
}

/// Creates an empty file that only this user can read.
fn create(file: &Path) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| {
        let file = file.display();
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                let message = format!("`{file}` exists; a backup is a new file: name another one");
                Failure::new(Cause::Conflict, message)
            }
            _ => format!("the backup to `{file}` failed: {error}").into(),
        }
    })
}

/// Checks the integrity of the database.
pub(crate) fn check(data: &Path) -> Result<Value, Failure> {
    let connection = open(data)?;
    let steps = CONTRADICTIONS.len() as u64 + 1;
    let done = AtomicU64::new(0);
    let line = || progress::bar("check", done.load(Ordering::Relaxed), steps);
    progress::shown(line, || check_all(&connection, &done))
}

fn check_all(connection: &Connection, done: &AtomicU64) -> Result<Value, Failure> {
    let failed = |error: rusqlite::Error| format!("the check failed: {error}");
    let integrity: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if integrity != "ok" {
        let message = format!("the database is damaged: {integrity}; restore a backup");
        return Err(Failure::new(Cause::Damaged, message));
    }
    for (what, sql) in CONTRADICTIONS {
        done.fetch_add(1, Ordering::Relaxed);
        let count: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
        if count > 0 {
            let message = format!(
                "the database has {count} {what}; this is a bug of the engine, please report it"
            );
            return Err(Failure::new(Cause::Damaged, message));
        }
    }
    Ok(json!({ "check": "ok" }))
}

/// The length of the copy, in bytes; 0 if it is not known.
fn length(connection: &Connection) -> u64 {
    let number = |pragma: &str| -> u64 {
        let number = connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        number.ok().and_then(|number| number.try_into().ok()).unwrap_or(0)
    };
    let used = number("PRAGMA page_count").saturating_sub(number("PRAGMA freelist_count"));
    used * number("PRAGMA page_size")
}

pub(crate) fn open(data: &Path) -> Result<Connection, Failure> {
    let path = data.join("restate.sqlite");
    Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| {
        let path = path.display();
        let message =
            format!("`{path}` cannot be opened: {error}; name the data directory with `--data`");
        Failure::new(Cause::NotFound, message)
    })
}
