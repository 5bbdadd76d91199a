use std::{path::PathBuf, time::Duration};

use restate_core::TerminalError;
use rusqlite::{Connection, OpenFlags, Row, limits::Limit, params_from_iter, types::ValueRef};
use serde_json::{Map, Value, json};

use super::reply::AdminResult;
use crate::{http::refusal::refusal, journal::readable};

/// The longest that a query may take: a scan of some million rows. A reader keeps SQLite from
/// shrinking its log, so it has to end.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The most rows of a response, which is built in memory.
const MAX_ROWS: usize = 10_000;

/// The engine's database, read over connections of its own, which the engine never waits for.
#[derive(Clone, Debug)]
pub(super) struct Database {
    path: PathBuf,
}

impl Database {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The rows of an SQL query.
    pub(super) async fn query(self, sql: String) -> AdminResult {
        let (rows, more) = self.rows(sql, Vec::new(), MAX_ROWS).await?;
        Ok(json!({ "rows": rows, "truncated": more }))
    }

    /// The first `limit` rows, and whether there are more.
    pub(super) async fn rows(
        self,
        sql: String,
        parameters: Vec<String>,
        limit: usize,
    ) -> Result<(Vec<Value>, bool), TerminalError> {
        let connection = self.open().map_err(|error| sql_error(&error))?;
        let interrupt = connection.get_interrupt_handle();
        let reading =
            tokio::task::spawn_blocking(move || read(&connection, &sql, &parameters, limit));
        match tokio::time::timeout(QUERY_TIMEOUT, reading).await {
            Ok(Ok(read)) => read.map_err(|error| sql_error(&error)),
            Ok(Err(panic)) => Err(refusal(500, format!("the query panicked: {panic}"))),
            Err(_) => {
                interrupt.interrupt();
                Err(refusal(
                    400,
                    format!("the query took longer than {QUERY_TIMEOUT:?}; select fewer rows"),
                ))
            }
        }
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        // `ATTACH` would read any other file of the process.
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        Ok(connection)
    }
}

fn read(
    connection: &Connection,
    sql: &str,
    parameters: &[String],
    limit: usize,
) -> rusqlite::Result<(Vec<Value>, bool)> {
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query(params_from_iter(parameters))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            return Ok((rows, true));
        }
        rows.push(object(row, &names)?);
    }
    Ok((rows, false))
}

fn object(row: &Row<'_>, names: &[String]) -> rusqlite::Result<Value> {
    let mut object = Map::new();
    for (index, name) in names.iter().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            ValueRef::Blob(bytes) => readable(bytes),
        };
        object.insert(name.clone(), value);
    }
    Ok(object.into())
}

fn sql_error(error: &rusqlite::Error) -> TerminalError {
    let hint = "try SELECT * FROM invocations; the database is read-only here";
    refusal(400, format!("the query failed: {error}; {hint}"))
}
