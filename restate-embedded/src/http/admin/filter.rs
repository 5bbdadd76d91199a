//! Which invocations a list has, as the query of a request says it.

use std::time::Duration;

use restate_core::TerminalError;

use crate::{
    http::{duration, refusal::refusal},
    model::id::InvocationId,
};

/// Statuses that only the machine knows; the database has `ready` for all of them.
const IN_MEMORY: [&str; 5] = ["running", "backing-off", "pending", "held-back", "unbound"];
const STORED: [&str; 6] = ["scheduled", "ready", "suspended", "paused", "succeeded", "failed"];

/// The columns of the view that are shown.
pub(super) const COLUMNS: &str = "id, target, service, key, handler, status, created_at, created, completed, \
                       idempotency_key, scope, limit_key, error";

/// The highest limit; a response is built in memory.
pub(super) const MAX_LIMIT: usize = 10_000;

/// The most invocations that a list looks at, if it says how many.
const MAX_SCAN: u64 = 1_000_000_000;

/// The most ids in a list.
const MAX_IDS: usize = 200;

/// Which invocations are listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filter {
    service: Option<String>,
    handler: Option<String>,
    key: Option<String>,
    scope: Option<String>,
    limit_key: Option<String>,
    status: Option<String>,
    text: Option<String>,
    ids: Option<Vec<InvocationId>>,
    older_than: Option<Duration>,
    newer_than: Option<Duration>,
    before: Option<InvocationId>,
    after: Option<InvocationId>,
    order: Order,
    pub(super) scan: Option<u64>,
    pub(super) limit: Option<usize>,
}

/// The order of creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    Newest,
    Oldest,
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
            "text" => self.text = text.filter(|text| !text.is_empty()),
            "id" => {
                let ids = value.split(',').map(id).collect::<Result<Vec<_>, _>>()?;
                if ids.len() > MAX_IDS {
                    let message = format!("more than {MAX_IDS} ids are listed; ask several times");
                    return Err(refusal(400, message));
                }
                self.ids = Some(ids);
            }
            "older_than" => self.older_than = Some(duration::parse(value)?),
            "newer_than" => self.newer_than = Some(duration::parse(value)?),
            "before" => self.before = Some(id(value)?),
            "after" => self.after = Some(id(value)?),
            "order" => {
                self.order = match value {
                    "newest" => Order::Newest,
                    "oldest" => Order::Oldest,
                    _ => return Err(refusal(400, "`order` is neither `newest` nor `oldest`")),
                }
            }
            "scan" => {
                let scan = value.parse().ok().filter(|scan| (1..=MAX_SCAN).contains(scan));
                let message = format!("scan `{value}` is not a number from 1 to {MAX_SCAN}");
                self.scan = Some(scan.ok_or_else(|| refusal(400, message))?);
            }
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                let message = format!("limit `{value}` is not a number from 1 to {MAX_LIMIT}");
                self.limit = Some(limit.ok_or_else(|| refusal(400, message))?);
            }
            _ => {
                let message = format!(
                    "no such filter: `{name}`; the filters are `service`, `handler`, `key`, `scope`, \
                     `limit_key`, `status`, `text`, `id` (several with commas), `older_than` and \
                     `newer_than` (such as `10m`), `before` and `after` (an id, for the next page), \
                     `order` (`newest` or `oldest`), `scan` and `limit`"
                );
                return Err(refusal(400, message));
            }
        }
        Ok(())
    }

    /// Whether all invocations match that are old or new enough, so that none is looked at in vain.
    fn takes_all(&self) -> bool {
        let Self { service, handler, key, scope, limit_key, status, text, .. } = self;
        [service, handler, key, scope, limit_key, status, text].into_iter().all(Option::is_none)
    }

    /// A statement for the invocation at which a search of `scan` invocations ends, one in each half; `None`
    /// if it searches all.
    pub(super) fn end_of_scan(&self, now: Duration) -> Option<String> {
        let scan = self.scan.filter(|_| !self.takes_all() && self.ids.is_none())? - 1;
        let (bounds, order) = (self.bounds(now).replace("number", "id"), self.order.sql());
        let half = |table| {
            format!(
                "SELECT * FROM (SELECT full_id, id AS number FROM {table} WHERE {bounds} \
                 ORDER BY id {order} LIMIT 1 OFFSET {scan})"
            )
        };
        let halves = half("invocation") + " UNION ALL " + &half("completed");
        Some(format!("SELECT full_id FROM ({halves}) ORDER BY number {order} LIMIT 1"))
    }

    /// Between which numbers the invocations are, which the tables are ordered by.
    fn bounds(&self, now: Duration) -> String {
        let mut bounds = "true".to_owned();
        // The number begins with the time.
        let created = |age: Duration| now.saturating_sub(age).as_millis() << 15;
        let upper = [self.older_than.map(created), self.before.map(|id| id.order().into())];
        for upper in upper.into_iter().flatten() {
            bounds += &format!(" AND number < {upper}");
        }
        if let Some(age) = self.newer_than {
            bounds += &format!(" AND number >= {}", created(age));
        }
        if let Some(id) = self.after {
            bounds += &format!(" AND number > {}", id.order());
        }
        if let Some(ids) = &self.ids {
            let numbers: Vec<String> = ids.iter().map(|id| id.order().to_string()).collect();
            bounds += &format!(" AND number IN ({})", numbers.join(", "));
        }
        bounds
    }

    /// A statement for the first `limit` rows that match, up to the end of the scan, and its parameters.
    ///
    /// SQLite would compute and sort all rows of the view. It reads each half of it in order, and stops
    /// at the limit.
    pub(super) fn sql(
        &self,
        now: Duration,
        limit: usize,
        end: Option<InvocationId>,
        payloads: Payloads,
    ) -> (String, Vec<String>) {
        let (mut conditions, mut parameters) = (self.bounds(now), Vec::new());
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
        if let Some(end) = end {
            let side = if self.order == Order::Newest { ">=" } else { "<=" };
            conditions += &format!(" AND number {side} {}", end.order());
        }
        if let Some(text) = &self.text {
            parameters.push(text.to_ascii_lowercase());
        }
        let (text, order) = (self.text.as_ref().map(|_| parameters.len()), self.order.sql());
        let half = |view, texts: &str| {
            let search =
                text.map(|text| format!(" AND ({})", texts.replace('?', &format!("?{text}"))));
            let search = search.unwrap_or_default();
            format!(
                "SELECT * FROM (SELECT {COLUMNS}, number FROM {view} WHERE {conditions}{search} \
                 ORDER BY number {order} LIMIT {limit})"
            )
        };
        let unfinished = UNFINISHED_TEXTS.to_owned() + &payloads.search("invocation", &[]);
        let unfinished = || half("invocations_unfinished", &unfinished);
        let completed = TEXTS.to_owned() + &payloads.search("completed", &[RESULTS]);
        let completed = || half("invocations_completed", &completed);
        // A half without a match would be read to its end.
        let halves = match self.status.as_deref() {
            Some("succeeded" | "failed") => completed(),
            Some(_) => unfinished(),
            None => unfinished() + " UNION ALL " + &completed(),
        };
        let sql = format!("SELECT {COLUMNS} FROM ({halves}) ORDER BY number {order}");
        (sql, parameters)
    }

    /// The status, if only the machine knows it.
    pub(super) fn status_in_memory(&self) -> Option<&str> {
        self.status.as_deref().filter(|status| IN_MEMORY.contains(status))
    }
}

/// Whether a text is searched in requests and results.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payloads {
    /// It is not: people must not see some of their fields.
    Hidden,
    /// In results, and in requests that have at most this many bytes.
    Searched { bytes: usize },
}

impl Payloads {
    /// Searches requests in a table, and what else there is.
    fn search(self, table: &str, others: &[&str]) -> String {
        let Self::Searched { bytes } = self else { return String::new() };
        // The length of a value is known before it is read.
        let request = format!("length(p.input) <= {bytes} AND restate_request_has(p.input, ?)");
        let payloads = [others, &[&request]].concat().join(" OR ");
        format!(" OR EXISTS (SELECT 1 FROM {table} p WHERE p.id = number AND ({payloads}))")
    }
}

/// Where a text is searched, without regard to the case of ASCII letters.
const TEXTS: &str = "instr(lower(id || ' ' || target || ' ' || coalesce(idempotency_key, '') || ' ' || \
                     coalesce(scope, '') || ' ' || coalesce(limit_key, '')), ?)";

const UNFINISHED_TEXTS: &str = "instr(lower(id || ' ' || target || ' ' || coalesce(idempotency_key, '') || ' ' || \
     coalesce(scope, '') || ' ' || coalesce(limit_key, '') || ' ' || coalesce(error, '') || ' ' || \
     coalesce(last_failure, '')), ?)";

/// Results and failures are bytes, which may have a zero in them.
const RESULTS: &str = "instr(lower(CAST(coalesce(p.output, p.failure) AS TEXT)), ?)";

impl Order {
    fn sql(self) -> &'static str {
        match self {
            Self::Newest => "DESC",
            Self::Oldest => "ASC",
        }
    }
}

fn id(text: &str) -> Result<InvocationId, TerminalError> {
    text.parse().map_err(|error| refusal(400, format!("`{text}`: {error}")))
}
