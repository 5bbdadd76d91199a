use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{
    database::Database,
    due,
    filter::{COLUMNS, Filter, MAX_LIMIT, Payloads},
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
    let payloads = match engine.catalog().hides_any() {
        true => Payloads::Hidden,
        false => Payloads::Searched { bytes: database.searched_bytes() },
    };
    let (sql, parameters) = filter.sql(now, read, end, payloads);
    let (mut rows, _) = database.rows(sql, parameters, read).await?;
    rows.truncate(read);
    let last = rows.last().filter(|_| rows.len() == read).and_then(text_of_id);
    let end = last.or(end.map(|id| id.to_string()));
    let ended = tell_activities(engine, &mut rows).await?;
    tell_ends(database, &mut rows, &ended).await?;
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

/// Adds what only the machine knows. Returns the invocations that have ended since the rows were read.
async fn tell_activities(
    engine: &EngineHandle,
    rows: &mut [Value],
) -> Result<Vec<InvocationId>, TerminalError> {
    let ready = rows.iter().filter(|row| row["status"] == "ready");
    let ids: Vec<InvocationId> = ready.filter_map(id_of).collect();
    let asked = ids.clone();
    let activities: Vec<Option<Activity>> = engine
        .inspect(move |machine, _| asked.into_iter().map(|id| machine.activity(id)).collect())
        .await
        .map_err(|_| stopped())?;
    let ready = rows.iter_mut().filter(|row| row["status"] == "ready");
    let mut ended = Vec::new();
    for ((row, id), activity) in ready.zip(ids).zip(activities) {
        match activity {
            Some(activity) => show(row, activity),
            None => ended.push(id),
        }
    }
    Ok(ended)
}

/// Reads the rows of invocations again that have ended; those that are not kept are gone.
async fn tell_ends(
    database: &Database,
    rows: &mut Vec<Value>,
    ended: &[InvocationId],
) -> Result<(), TerminalError> {
    let mut now: HashMap<String, Value> = HashMap::new();
    for ids in ended.chunks(MAX_NUMBERS) {
        let found = read(database, ids).await?;
        now.extend(found.into_iter().filter_map(|row| Some((text_of_id(&row)?, row))));
    }
    let ended: HashSet<String> = ended.iter().map(InvocationId::to_string).collect();
    rows.retain_mut(|row| match text_of_id(row).filter(|id| ended.contains(id)) {
        Some(id) => now.remove(&id).map(|new| *row = new).is_some(),
        None => true,
    });
    Ok(())
}

/// How many invocations are read at once by their numbers.
const MAX_NUMBERS: usize = 500;

/// The rows of these invocations.
async fn read(database: &Database, ids: &[InvocationId]) -> Result<Vec<Value>, TerminalError> {
    // The number is the key of the tables. With the ids alone, SQLite would have to compute all ids.
    let numbers: Vec<String> = ids.iter().map(|id| id.order().cast_signed().to_string()).collect();
    let numbers = numbers.join(", ");
    let sql = format!("SELECT {COLUMNS} FROM invocations WHERE number IN ({numbers})");
    let (mut rows, _) = database.rows(sql, Vec::new(), ids.len()).await?;
    rows.retain(|row| id_of(row).is_some_and(|id| ids.contains(&id)));
    Ok(rows)
}

async fn read_one(database: &Database, id: InvocationId) -> Result<Value, TerminalError> {
    read(database, &[id]).await?.pop().ok_or_else(|| super::not_found(id))
}

/// The row of one invocation.
pub(super) async fn describe(
    engine: &EngineHandle,
    database: &Database,
    id: InvocationId,
) -> AdminResult {
    let mut row = read_one(database, id).await?;
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
    } else if row["status"] == "ready" {
        // It has ended since the row was read.
        row = read_one(database, id).await?;
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
