use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

/// What must find nothing in a database that is whole, beside what SQLite checks itself.
const ORPHANS: [(&str, &str); 3] = [
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
        "invocations that are both over and not",
        "SELECT count(*) FROM invocation WHERE id IN (SELECT id FROM completed)",
    ),
];

/// Copies the database, as it is at one moment, to a new file.
pub(crate) fn backup(data: &Path, file: &Path) -> Result<Value, String> {
    if file.exists() {
        return Err(format!("`{}` exists; a backup is a new file", file.display()));
    }
    let connection = open(data)?;
    let Some(path) = file.to_str() else { return Err("the file's name is not UTF-8".into()) };
    connection
        .execute("VACUUM INTO ?1", [path])
        .map_err(|error| format!("the backup to `{}` failed: {error}", file.display()))?;
    Ok(json!({ "backup": path }))
}

/// Finds out whether the database is whole.
pub(crate) fn check(data: &Path) -> Result<Value, String> {
    let connection = open(data)?;
    let failed = |error: rusqlite::Error| format!("the check failed: {error}");
    let integrity: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if integrity != "ok" {
        return Err(format!("the database is damaged: {integrity}; go back to a backup"));
    }
    for (what, sql) in ORPHANS {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
        if count > 0 {
            return Err(format!("the database has {count} {what}; please report this"));
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
