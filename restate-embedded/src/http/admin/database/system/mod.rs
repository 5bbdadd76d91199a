//! The tables of Restate's SQL interface, on the connection of one query: views over the engine's own tables,
//! with functions for what is not there.

mod functions;
mod inside;
mod journal;
mod registry;
mod unsupported;

use rusqlite::{Connection, functions::FunctionFlags};

pub(super) use self::inside::Inside;
use super::dialect::Translated;

const VIEWS: &str = include_str!("views.sql");

/// The tables that are made for a statement that names one.
const NAMES: [&str; 14] = [
    "information_schema",
    "state",
    "sys_deployment",
    "sys_idempotency",
    "sys_inbox",
    "sys_invocation",
    "sys_invocation_state",
    "sys_invocation_status",
    "sys_journal",
    "sys_journal_events",
    "sys_keyed_service_status",
    "sys_promise",
    "sys_rules",
    "sys_service",
];

/// The table of Restate's that a statement names and that means nothing here, and why.
pub(super) fn refused(statement: &Translated) -> Option<String> {
    statement.first_of(&unsupported::ABSENT).map(|name| unsupported::reason(&name))
}

/// Makes the tables that a statement may name.
pub(super) fn install(
    connection: &Connection,
    statement: &Translated,
    inside: Inside,
) -> rusqlite::Result<()> {
    connection.create_aggregate_function(
        "restate_first_value",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        functions::FirstValue,
    )?;
    if statement.first_of(&NAMES).is_none() {
        return Ok(());
    }
    connection.execute_batch(VIEWS)?;
    // As in Restate's SQL.
    connection.pragma_update(None, "case_sensitive_like", true)?;
    registry::fill(connection, &inside)?;
    functions::register(connection, inside)?;
    if statement.first_of(&["information_schema"]).is_some() {
        columns(connection)?;
    }
    Ok(())
}

/// Fills `information_schema.columns`.
fn columns(connection: &Connection) -> rusqlite::Result<()> {
    for table in NAMES.iter().filter(|name| **name != "information_schema") {
        connection.execute(
            "INSERT INTO restate_columns SELECT 'restate', 'public', ?1, name, cid + 1 \
             FROM pragma_table_info(?1, 'temp')",
            [table],
        )?;
    }
    Ok(())
}
