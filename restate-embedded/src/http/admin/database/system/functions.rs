//! The functions of `views.sql`.

use std::sync::{Arc, Mutex, PoisonError};

use restate_core::wire::protocol::OutputResult;
use rusqlite::{
    Connection, ToSql,
    functions::{Aggregate, Context, FunctionFlags},
    types::Value,
};

use super::{
    inside::{Active, Inside, failed},
    journal::JournalRow,
    registry::service_type,
};
use crate::{
    model::{id::InvocationId, target::Object, timestamp::rfc_3339},
    store::PromiseName,
};

/// The first value of a group.
pub(super) struct FirstValue;

impl Aggregate<Option<Value>, Option<Value>> for FirstValue {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Value>> {
        Ok(None)
    }

    fn step(&self, row: &mut Context<'_>, first: &mut Option<Value>) -> rusqlite::Result<()> {
        if first.is_none() {
            *first = Some(row.get(0)?);
        }
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        first: Option<Option<Value>>,
    ) -> rusqlite::Result<Option<Value>> {
        Ok(first.flatten())
    }
}

/// Makes all functions known to a connection.
pub(super) fn register(connection: &Connection, inside: Inside) -> rusqlite::Result<()> {
    let inside = Arc::new(Mutex::new(inside));
    let function = |name: &'static str, arguments, call: Call| {
        let inside = Arc::clone(&inside);
        let call = move |row: &Context<'_>| {
            call(&mut inside.lock().unwrap_or_else(PoisonError::into_inner), row)
        };
        connection.create_scalar_function(name, arguments, FunctionFlags::SQLITE_UTF8, call)
    };
    function("restate_activity", 2, activity)?;
    function("restate_due", 1, |inside, row| to_value(inside.start(row.get(0)?)?))?;
    function("restate_failure", 1, |inside, row| to_value(inside.failure(row.get(0)?)?))?;
    function("restate_invocation_id", 3, invocation_id)?;
    function("restate_service_type", 1, |inside, row| {
        let service: String = row.get(0)?;
        to_value(inside.catalog().descriptor(&service).map(service_type))
    })?;
    function("restate_entries", 1, |inside, row| {
        let indexes: Vec<_> = (0..inside.journal(row.get(0)?)?.len()).collect();
        to_value(serde_json::Value::from(indexes).to_string())
    })?;
    function("restate_entry", 3, entry)?;
    function("restate_journal_size", 2, journal_size)?;
    function("restate_state", 4, |inside, row| {
        let name: Vec<u8> = row.get(3)?;
        let object = object(row)?;
        to_value(inside.state(object, name)?.map(|value| value.to_vec()))
    })?;
    function("restate_promise", 5, promise)?;
    function("restate_utf8", 1, |_, row| {
        let bytes: Option<Vec<u8>> = row.get(0)?;
        to_value(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    })
}

type Call = fn(&mut Inside, &Context<'_>) -> rusqlite::Result<Value>;

fn to_value(value: impl ToSql) -> rusqlite::Result<Value> {
    let value = value.to_sql()?;
    Ok(match value {
        rusqlite::types::ToSqlOutput::Borrowed(value) => value.try_into()?,
        rusqlite::types::ToSqlOutput::Owned(value) => value,
        _ => Value::Null,
    })
}

fn activity(inside: &mut Inside, row: &Context<'_>) -> rusqlite::Result<Value> {
    let field: String = row.get(1)?;
    let active = inside.active(row.get(0)?)?;
    let status = active.map_or("ready", |active| match active.activity.status {
        "held-back" => "pending",
        "unbound" => "ready",
        status => status,
    });
    match (&*field, active) {
        ("status", _) => to_value(status),
        ("stored_status", _) => to_value(match status {
            "pending" => "inboxed",
            "ready" | "running" | "backing-off" => "invoked",
            status => status,
        }),
        ("in_flight", _) => to_value(status == "running"),
        ("holds_key", active) => to_value(active.is_some_and(|active| active.holds_key)),
        ("retry_count", Some(Active { activity, .. })) => {
            // Restate counts an attempt when it starts.
            to_value(activity.failures + u32::from(status == "running"))
        }
        ("next_retry_at", Some(active)) => to_value(active.activity.next_attempt.map(rfc_3339)),
        ("last_failure", Some(Active { activity, .. })) => {
            to_value(activity.last_failure.as_ref().map(|failure| failure.error.clone()))
        }
        ("retry_count" | "next_retry_at" | "last_failure", None) => Ok(Value::Null),
        (field, _) => Err(failed(format!("an activity has no `{field}`"))),
    }
}

fn invocation_id(_: &mut Inside, row: &Context<'_>) -> rusqlite::Result<Value> {
    let part = |at: usize| row.get::<Option<i64>>(at).map(|it| it.map(i64::cast_unsigned));
    let (order, partition_key, nonce) = (part(0)?, part(1)?, part(2)?);
    let id = order.zip(partition_key).zip(nonce);
    to_value(id.map(|((order, key), nonce)| InvocationId::new(order, key, nonce).to_string()))
}

fn entry(inside: &mut Inside, row: &Context<'_>) -> rusqlite::Result<Value> {
    let (index, field): (i64, String) = (row.get(1)?, row.get(2)?);
    let entries = inside.journal(row.get(0)?)?;
    let Some(entry) = usize::try_from(index).ok().and_then(|index| entries.get(index)) else {
        return Ok(Value::Null);
    };
    let text = |name: &str| entry.json.get(name).and_then(serde_json::Value::as_str);
    match &*field {
        "type" => to_value(entry.ty()),
        "name" => to_value(text("name")),
        "completed" => to_value(entry.completed),
        "invoked_id" => to_value(entry.invoked.as_deref()),
        "invoked_target" => to_value(text("target")),
        "wakeup_at" => to_value(text("until")),
        "promise" => to_value(text("promise")),
        "length" => to_value(i64::try_from(entry.length).unwrap_or(i64::MAX)),
        "json" => to_value(entry.json.to_string()),
        field => Err(failed(format!("an entry has no `{field}`"))),
    }
}

fn journal_size(inside: &mut Inside, row: &Context<'_>) -> rusqlite::Result<Value> {
    let commands = row.get::<String>(1)? == "commands";
    let entries = inside.journal(row.get(0)?)?;
    let counted = entries.iter().filter(|entry| !commands || JournalRow::is_command(entry));
    to_value(i64::try_from(counted.count()).unwrap_or(i64::MAX))
}

fn object(row: &Context<'_>) -> rusqlite::Result<Object> {
    let (service, key, scope): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let scope = (!scope.is_empty()).then(|| scope.into());
    Ok(Object::new(service, key).within(scope))
}

fn promise(inside: &mut Inside, row: &Context<'_>) -> rusqlite::Result<Value> {
    let (name, part): (String, String) = (row.get(3)?, row.get(4)?);
    let completed = inside.promise(PromiseName { object: object(row)?, name })?;
    match (completed, &*part) {
        (Some(OutputResult::Value(value)), "value") => to_value(value.content.to_vec()),
        (Some(OutputResult::Failure(failure)), "failure") => to_value(failure.message),
        _ => Ok(Value::Null),
    }
}
