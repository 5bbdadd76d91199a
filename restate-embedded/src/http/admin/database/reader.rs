use std::{path::Path, sync::Arc};

use restate_core::TerminalError;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, Row,
    hooks::{AuthContext, Authorization},
    limits::Limit,
    params_from_iter,
    types::ValueRef,
};
use serde_json::{Map, Value};

use super::{
    arrow::ArrowTable,
    authorizer::{self, Hidden},
    dialect::{Predicates, translate},
    form::{Form, hex},
    request,
    system::{self, Inside},
    watch::Watch,
};
use crate::{engine::handle::EngineHandle, http::refusal::refusal, journal::readable};

/// How many instructions SQLite executes before it asks whether to go on: some microseconds, unless
/// values are long.
pub(super) const INSTRUCTIONS: i32 = 100;

/// The longest query, in bytes.
const MAX_SQL: usize = 64 * 1024;

/// What a statement may need of SQLite; far more than people write, and little enough that neither
/// its stack nor its planner suffers.
const LIMITS: [(Limit, i32); 7] = [
    // `ATTACH` would read any other file of the process.
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// A statement, and how much of its result is read.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) parameters: Vec<String>,
    /// The most rows.
    pub(super) rows: usize,
    /// The most memory for them.
    pub(super) bytes: usize,
    /// The longest value, even if it is not part of the result.
    pub(super) value_bytes: usize,
    pub(super) hidden: Hidden,
    /// How the rows are written.
    pub(super) form: Form,
}

/// The result of a statement.
pub(super) struct Rows {
    pub(super) rows: RowsFound,
    /// Whether there are more.
    pub(super) truncated: bool,
    /// The columns that were read and are not shown.
    pub(super) hidden: Vec<String>,
}

/// Rows in one of the forms.
pub(super) enum RowsFound {
    Json(Vec<Value>),
    Arrow(ArrowTable),
}

/// Runs a statement on a connection of its own, for as long as `watch` permits.
///
/// # Errors
///
/// Code 400 for what SQLite or the authorizer refuses, and for a statement that takes too long or needs
/// too much.
pub(super) fn read(
    path: &Path,
    statement: Statement,
    engine: &EngineHandle,
    watch: &Arc<Watch>,
) -> Result<Rows, TerminalError> {
    let (length, max) = (statement.sql.len(), MAX_SQL.min(statement.value_bytes));
    if length > max {
        return Err(refusal(
            400,
            format!("the query has {length} bytes; at most {max} are allowed"),
        ));
    }
    let translated = translate(&statement.sql);
    if let Some(reason) = system::refused(&translated) {
        return Err(refusal(400, reason));
    }
    let value_bytes = statement.value_bytes;
    let hidden = statement.hidden;
    let rows = open(path, value_bytes, watch).and_then(|mut connection| {
        let inside = Inside::new(path.to_owned(), engine.clone(), Arc::clone(watch));
        system::install(&connection, &translated, inside)?;
        request::install(&connection)?;
        restrict(&mut connection, hidden, watch)?;
        rows(&connection, &translated.sql, &translated.predicates, statement)
    });
    let shown = rows.map(|(rows, truncated)| Rows { rows, truncated, hidden: watch.hidden() });
    shown.map_err(|error| watch.refusal().unwrap_or_else(|| sql_error(&error, value_bytes)))
}

fn open(path: &Path, value_bytes: usize, watch: &Arc<Watch>) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Sorts could otherwise fill the disk, whereupon the engine would stop.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    for (limit, value) in LIMITS {
        connection.set_limit(limit, value)?;
    }
    let value_bytes = i32::try_from(value_bytes).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, value_bytes)?;
    let watched = Arc::clone(watch);
    let mut looked = None;
    connection.progress_handler(INSTRUCTIONS, Some(move || watched.must_end(&mut looked)))?;
    Ok(connection)
}

/// Lets statements only read from now on.
fn restrict(
    connection: &mut Connection,
    hidden: Hidden,
    watch: &Arc<Watch>,
) -> rusqlite::Result<()> {
    let watched = Arc::clone(watch);
    let authorize = move |context: AuthContext<'_>| match authorizer::check(&context.action) {
        None => match authorizer::hidden(&context, hidden) {
            None => Authorization::Allow,
            Some(column) => {
                watched.hide(column);
                Authorization::Ignore
            }
        },
        Some(reason) => {
            watched.refuse(reason);
            Authorization::Deny
        }
    };
    connection.authorizer(Some(authorize))
}

/// The rows, and whether there are more.
fn rows(
    connection: &Connection,
    sql: &str,
    predicates: &Predicates,
    statement: Statement,
) -> rusqlite::Result<(RowsFound, bool)> {
    let Statement { parameters, rows: most, bytes, form, .. } = statement;
    let mut statement = connection.prepare(sql)?;
    let columns = columns(&statement, predicates);
    let mut found = statement.query(params_from_iter(parameters))?;
    let (mut rows, mut left, mut count) = (RowsFound::new(form, &columns), bytes, 0);
    while let Some(row) = found.next()? {
        if count == most {
            return Ok((rows, true));
        }
        let has_room = match &mut rows {
            RowsFound::Json(rows) => match object(row, &columns, form, &mut left)? {
                Some(row) => {
                    rows.push(row);
                    true
                }
                None => false,
            },
            RowsFound::Arrow(table) => table.push(row, &mut left)?,
        };
        if !has_room {
            return Ok((rows, true));
        }
        count += 1;
    }
    Ok((rows, false))
}

impl RowsFound {
    fn new(form: Form, columns: &[ResultColumn]) -> Self {
        match form {
            Form::Arrow => Self::Arrow(ArrowTable::new(columns)),
            Form::Readable | Form::Json => Self::Json(Vec::new()),
        }
    }
}

/// A column of the result.
pub(super) struct ResultColumn {
    pub(super) name: String,
    pub(super) is_boolean: bool,
}

fn columns(statement: &rusqlite::Statement<'_>, predicates: &Predicates) -> Vec<ResultColumn> {
    let columns = statement.columns();
    let count = columns.len();
    let columns = columns.into_iter().enumerate().map(|(index, column)| {
        let declared = column.decl_type().is_some_and(|ty| ty.eq_ignore_ascii_case("boolean"));
        let is_boolean = declared || predicates.contains(index, count);
        ResultColumn { name: column.name().to_owned(), is_boolean }
    });
    columns.collect()
}

/// A row as JSON, or `None` if it takes more memory than is left.
fn object(
    row: &Row<'_>,
    columns: &[ResultColumn],
    form: Form,
    left: &mut usize,
) -> rusqlite::Result<Option<Value>> {
    let mut object = Map::new();
    for (index, ResultColumn { name, is_boolean }) in columns.iter().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number @ (0 | 1)) if *is_boolean => (number == 1).into(),
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            ValueRef::Blob(bytes) if form == Form::Readable => readable(bytes),
            ValueRef::Blob(bytes) => hex(bytes).into(),
        };
        let Some(rest) = left.checked_sub(name.len() + size(&value)) else { return Ok(None) };
        *left = rest;
        object.insert(name.clone(), value);
    }
    Ok(Some(object.into()))
}

/// The memory that a value takes, about.
fn size(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + inside
}

fn sql_error(error: &rusqlite::Error, value_bytes: usize) -> TerminalError {
    let message = match error {
        rusqlite::Error::MultipleStatement => {
            "the query is more than one statement; send one at a time".to_owned()
        }
        error if error.sqlite_error_code() == Some(ErrorCode::TooBig) => format!(
            "the query reads or makes a value of more than {value_bytes} bytes; leave it out, use \
             length(..) of it, or raise `SqlLimits::value_bytes`"
        ),
        error => format!(
            "the query failed: {error}; try SELECT * FROM invocations; the database is read-only here"
        ),
    };
    refusal(400, message)
}
