use std::time::Duration;

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{
    database::Database,
    due,
    filter::{COLUMNS, Filter, MAX_LIMIT},
    reply::AdminResult,
    stopped,
};
use crate::{
    engine::handle::EngineHandle,
    machine::{Activity, FailedAttempt, Machine, PastFailure, Waits},
    model::{id::InvocationId, timestamp::rfc_3339},
    store::Store,
};

/// How many invocations are listed if no limit is given.
const DEFAULT_LIMIT: usize = 100;

/// A part of a list.
pub(super) struct Listed {
    pub(super) rows: Vec<Value>,
    /// Behind which invocation the list may go on.
    pub(super) next: Option<String>,
}

/// The rows of the invocations that match.
pub(super) async fn list(
    engine: &EngineHandle,
    database: &Database,
    filter: Filter,
) -> Result<Listed, TerminalError> {
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let now = engine.clock.now();
    let end = end_of_scan(database, &filter, now).await?;
    let status = filter.status_in_memory().map(str::to_owned);
    // These are all `ready` in the database: they are filtered below, before the limit applies.
    let read = if status.is_some() { MAX_LIMIT } else { limit + 1 };
    let shows_results = !engine.catalog().hides_any();
    let (sql, parameters) = filter.sql(now, read, end, shows_results);
    let (mut rows, _) = database.rows(sql, parameters, read).await?;
    rows.truncate(read);
    let last = rows.last().filter(|_| rows.len() == read).and_then(text_of_id);
    let end = last.or(end.map(|id| id.to_string()));
    tell_activities(engine, &mut rows).await?;
    rows.retain(|row| status.as_deref().is_none_or(|status| row["status"] == status));
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = if has_more { rows.last().and_then(text_of_id) } else { end };
    due::add(database, &mut rows).await?;
    Ok(Listed { rows, next })
}

/// The invocation at which a search ends that looks at a limited number of them.
async fn end_of_scan(
    database: &Database,
    filter: &Filter,
    now: Duration,
) -> Result<Option<InvocationId>, TerminalError> {
    let Some(sql) = filter.end_of_scan(now) else { return Ok(None) };
    let (rows, _) = database.rows(sql, Vec::new(), 1).await?;
    Ok(rows.first().and_then(|row| row["full_id"].as_str()?.parse().ok()))
}

/// Adds what only the machine knows.
async fn tell_activities(engine: &EngineHandle, rows: &mut [Value]) -> Result<(), TerminalError> {
    let ready = rows.iter().filter(|row| row["status"] == "ready");
    let ids: Vec<InvocationId> = ready.filter_map(id_of).collect();
    let activities = engine
        .inspect(move |machine, _| ids.into_iter().map(|id| machine.activity(id)).collect())
        .await
        .map_err(|_| stopped())?;
    let activities: Vec<Option<Activity>> = activities;
    let ready = rows.iter_mut().filter(|row| row["status"] == "ready");
    for (row, activity) in ready.zip(activities) {
        if let Some(activity) = activity {
            show(row, activity);
        }
    }
    Ok(())
}

/// The row of one invocation.
pub(super) async fn describe(
    engine: &EngineHandle,
    database: &Database,
    id: InvocationId,
) -> AdminResult {
    // The number is the key of the tables. With the id alone, SQLite would have to compute all ids.
    let sql =
        format!("SELECT {COLUMNS} FROM invocations WHERE number = CAST(? AS INTEGER) AND id = ?");
    let parameters = vec![id.order().cast_signed().to_string(), id.to_string()];
    let (rows, _) = database.rows(sql, parameters, 1).await?;
    let Some(mut row) = rows.into_iter().next() else { return Err(super::not_found(id)) };
    let look = move |machine: &Machine, store: &mut dyn Store| {
        let caller = store.invocation(id).map(|found| found.and_then(|it| it.caller));
        let found = machine.activity(id).zip(machine.waits(id));
        (found, machine.past_failures(id), caller)
    };
    let (found, failures, caller) = engine.inspect(look).await.map_err(|_| stopped())?;
    if let Some((activity, Waits { for_what, in_cycle })) = found {
        show(&mut row, activity);
        row["waits_for"] = for_what.into();
        row["in_cycle"] = in_cycle.into();
        row["failed_attempts"] = failures.into_iter().map(past_failure).collect();
    }
    let caller = caller.map_err(|error| TerminalError::with_code(500, error.to_string()))?;
    if let Some(caller) = caller {
        row["called_by"] = caller.id.to_string().into();
    }
    due::add_one(database, &mut row).await?;
    Ok(row)
}

fn text_of_id(row: &Value) -> Option<String> {
    row["id"].as_str().map(str::to_owned)
}

fn id_of(row: &Value) -> Option<InvocationId> {
    row["id"].as_str()?.parse().ok()
}

fn show(row: &mut Value, activity: Activity) {
    row["status"] = activity.status.into();
    row["retry_count"] = activity.failures.into();
    if let Some(due) = activity.next_attempt {
        row["next_retry_at"] = json!(rfc_3339(due));
    }
    if let Some(FailedAttempt { error, step, .. }) = activity.last_failure {
        row["last_failure"] = error.into();
        row["last_failure_step"] = step.into();
    }
}

fn past_failure(PastFailure { at, failure }: PastFailure) -> Value {
    let FailedAttempt { error, step, attempt } = failure;
    json!({ "at": rfc_3339(at), "attempt": attempt, "step": step, "error": error })
}
