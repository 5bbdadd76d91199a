use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

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
pub(crate) fn backup(data: &Path, file: &Path) -> Result<Value, String> {
    let connection = open(data)?;
    let Some(path) = file.to_str() else {
        return Err("the file name is not UTF-8; name another file".into());
    };
    create(file)?;
    let copy = || {
        connection.execute("VACUUM INTO ?1", [path])?;
        // The copy is complete without a log, though an engine uses what it was made of.
        Connection::open(file)?.execute("DELETE FROM run", [])
    };
    copy().map_err(|error| format!("the backup to `{}` failed: {error}", file.display()))?;
    Ok(json!({ "backup": path }))
}

/// Creates an empty file that only this user can read.
fn create(file: &Path) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| {
        let file = file.display();
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("`{file}` exists; a backup is a new file: name another one")
            }
            _ => format!("the backup to `{file}` failed: {error}"),
        }
    })
}

/// Checks the integrity of the database.
pub(crate) fn check(data: &Path) -> Result<Value, String> {
    let connection = open(data)?;
    let failed = |error: rusqlite::Error| format!("the check failed: {error}");
    let integrity: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if integrity != "ok" {
        return Err(format!("the database is damaged: {integrity}; restore a backup"));
    }
    for (what, sql) in CONTRADICTIONS {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
        if count > 0 {
            return Err(format!(
                "the database has {count} {what}; this is a bug of the engine, please report it"
            ));
        }
    }
    Ok(json!({ "check": "ok" }))
}

fn open(data: &Path) -> Result<Connection, String> {
    let path = data.join("restate.sqlite");
    Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| {
        let path = path.display();
        format!("`{path}` cannot be opened: {error}; name the data directory with `--data`")
    })
}
