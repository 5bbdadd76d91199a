//! When invocations continue that wait for a timer.

use std::collections::HashMap;

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::database::Database;
use crate::model::{id::InvocationId, timestamp::rfc_3339};

/// How many timers are looked at for a list, the soonest first. They are ordered by time, not by
/// invocation, and a list must cost what it shows, also with millions of timers.
const SOONEST: u32 = 20_000;

/// How many invocations are looked up by one statement.
const CHUNK: usize = 500;

/// Adds the times to the rows of a list, if they are among the soonest timers.
pub(super) async fn add(database: &Database, rows: &mut [Value]) -> Result<(), TerminalError> {
    let timers = format!("(SELECT invocation, kind, due FROM timer ORDER BY due LIMIT {SOONEST})");
    add_from(database, rows, &timers).await
}

/// Adds the time to the row of one invocation.
pub(super) async fn add_one(database: &Database, row: &mut Value) -> Result<(), TerminalError> {
    add_from(database, std::slice::from_mut(row), "timer").await
}

async fn add_from(
    database: &Database,
    rows: &mut [Value],
    timers: &str,
) -> Result<(), TerminalError> {
    let waiting: Vec<i64> =
        rows.iter().filter(|row| field(row).is_some()).filter_map(number).collect();
    let mut times = HashMap::new();
    for numbers in waiting.chunks(CHUNK) {
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        // Kinds of timers: 0 ends a delay, 1 a sleep.
        let sql = format!(
            "SELECT invocation, min(due) AS due FROM {timers} WHERE kind IN (0, 1) AND invocation IN \
             ({}) GROUP BY invocation",
            numbers.join(", ")
        );
        let (found, _) = database.rows(sql, Vec::new(), CHUNK).await?;
        let time = |row: Value| Some((row["invocation"].as_i64()?, row["due"].as_i64()?));
        times.extend(found.into_iter().filter_map(time));
    }
    for row in rows {
        if let Some(field) = field(row)
            && let Some(due) = number(row).and_then(|number| times.get(&number))
        {
            row[field] = json!(rfc_3339(due.cast_unsigned()));
        }
    }
    Ok(())
}

/// The name of the time, for statuses that have one.
fn field(row: &Value) -> Option<&'static str> {
    match row["status"].as_str()? {
        "scheduled" => Some("scheduled_start_at"),
        "suspended" => Some("wakes_at"),
        _ => None,
    }
}

/// The key of the tables.
fn number(row: &Value) -> Option<i64> {
    Some(row["id"].as_str()?.parse::<InvocationId>().ok()?.order().cast_signed())
}
