use std::time::Duration;

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{database::Database, due, reply::AdminResult, stopped};
use crate::{
    engine::handle::EngineHandle,
    http::{duration, refusal::refusal},
    machine::{Activity, FailedAttempt, Machine, Waits},
    model::{id::InvocationId, timestamp::rfc_3339},
    store::Store,
};

/// Statuses that only the machine knows; the database has `ready` for all of them.
const IN_MEMORY: [&str; 5] = ["running", "backing-off", "pending", "held-back", "unbound"];
const STORED: [&str; 6] = ["scheduled", "ready", "suspended", "paused", "succeeded", "failed"];

/// The columns of the view that are shown.
const COLUMNS: &str = "id, target, service, key, handler, status, created_at, created, completed, \
                       idempotency_key, scope, limit_key, error";

/// How many invocations are listed if no limit is given.
const DEFAULT_LIMIT: usize = 100;

/// The highest limit; a response is built in memory.
const MAX_LIMIT: usize = 10_000;

/// Which invocations are listed, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filter {
    service: Option<String>,
    handler: Option<String>,
    key: Option<String>,
    scope: Option<String>,
    limit_key: Option<String>,
    status: Option<String>,
    older_than: Option<Duration>,
    before: Option<InvocationId>,
    limit: Option<usize>,
}

impl Filter {
    /// Adds a parameter of a query.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), TerminalError> {
        let text = Some(value.to_owned());
        match name {
            "service" => self.service = text,
            "handler" => self.handler = text,
            "key" => self.key = text,
            "scope" => self.scope = text,
            "limit_key" => self.limit_key = text,
            "status" if STORED.contains(&value) || IN_MEMORY.contains(&value) => self.status = text,
            "status" => {
                let known = [&STORED[..], &IN_MEMORY[..]].concat().join("`, `");
                return Err(refusal(
                    400,
                    format!("no such status: `{value}`; the statuses are `{known}`"),
                ));
            }
            "older_than" => self.older_than = Some(duration::parse(value)?),
            "before" => {
                let id = value.parse().map_err(|error| refusal(400, format!("`{value}`: {error}")));
                self.before = Some(id?);
            }
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                let message = format!("limit `{value}` is not a number from 1 to {MAX_LIMIT}");
                self.limit = Some(limit.ok_or_else(|| refusal(400, message))?);
            }
            _ => {
                let message = format!(
                    "no such filter: `{name}`; the filters are `service`, `handler`, `key`, `scope`, \
                     `limit_key`, `status`, `older_than` (such as `10m`), `before` (an id, for the next \
                     page) and `limit`"
                );
                return Err(refusal(400, message));
            }
        }
        Ok(())
    }

    /// A statement for the first `limit` rows that match, and its parameters.
    ///
    /// SQLite would compute and sort all rows of the view. It reads each half of it in order, and stops
    /// at the limit.
    fn sql(&self, now: Duration, limit: usize) -> (String, Vec<String>) {
        let (mut conditions, mut parameters) = ("true".to_owned(), Vec::new());
        let mut require = |condition: &str, value: Option<String>| {
            if let Some(value) = value {
                parameters.push(value);
                conditions +=
                    &format!(" AND {}", condition.replace('?', &format!("?{}", parameters.len())));
            }
        };
        require("service = ?", self.service.clone());
        require("handler = ?", self.handler.clone());
        require("key = ?", self.key.clone());
        require("scope = ?", self.scope.clone());
        require("limit_key = ?", self.limit_key.clone());
        let status = self.status.as_deref().map(|status| match STORED.contains(&status) {
            true => status,
            false => "ready",
        });
        require("status = ?", status.map(str::to_owned));
        // The number begins with the time.
        let created = self.older_than.map(|age| now.saturating_sub(age).as_millis() << 15);
        require("number < CAST(? AS INTEGER)", created.map(|number| number.to_string()));
        require("number < CAST(? AS INTEGER)", self.before.map(|id| id.order().to_string()));
        let half = |view| {
            format!(
                "SELECT * FROM (SELECT {COLUMNS}, number FROM {view} WHERE {conditions} \
                 ORDER BY number DESC LIMIT {limit})"
            )
        };
        // A half without a match would be read to its end.
        let halves = match self.status.as_deref() {
            Some("succeeded" | "failed") => half("invocations_completed"),
            Some(_) => half("invocations_unfinished"),
            None => half("invocations_unfinished") + " UNION ALL " + &half("invocations_completed"),
        };
        let sql = format!("SELECT {COLUMNS} FROM ({halves}) ORDER BY number DESC");
        (sql, parameters)
    }
}

/// The rows of the invocations that match.
pub(super) async fn list(
    engine: &EngineHandle,
    database: &Database,
    filter: Filter,
) -> Result<Vec<Value>, TerminalError> {
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let status = filter.status.clone().filter(|status| IN_MEMORY.contains(&&**status));
    // These are all `ready` in the database: they are filtered below, before the limit applies.
    let read = if status.is_some() { MAX_LIMIT } else { limit };
    let (sql, parameters) = filter.sql(engine.clock.now(), read);
    let (mut rows, _) = database.rows(sql, parameters, read).await?;
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
    rows.retain(|row| status.as_deref().is_none_or(|status| row["status"] == status));
    rows.truncate(limit);
    due::add(database, &mut rows).await?;
    Ok(rows)
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
        (machine.activity(id).zip(machine.waits(id)), caller)
    };
    let (found, caller) = engine.inspect(look).await.map_err(|_| stopped())?;
    if let Some((activity, Waits { for_what, in_cycle })) = found {
        show(&mut row, activity);
        row["waits_for"] = for_what.into();
        row["in_cycle"] = in_cycle.into();
    }
    let caller = caller.map_err(|error| TerminalError::with_code(500, error.to_string()))?;
    if let Some(caller) = caller {
        row["called_by"] = caller.id.to_string().into();
    }
    due::add_one(database, &mut row).await?;
    Ok(row)
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
