use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use bytes::Bytes;
use restate_core::wire::{
    framing::Decoder,
    protocol::{Header, InputCommand},
};
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::{
    database,
    failure::{Cause, Failure},
};

/// What a data directory has.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub(super) objects: Vec<Object>,
    /// Those that have not started, in the order in which they are to be made.
    pub(super) calls: Vec<PendingCall>,
    /// What cannot be moved now.
    pub(super) stays: Vec<Stay>,
    /// Objects that an invocation under way belongs to: service and key.
    in_use: BTreeSet<(String, String)>,
    /// How much there is of what no server can take.
    pub(super) not_carried: Value,
}

/// The state of one object.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) service: String,
    pub(super) key: String,
    pub(super) scope: String,
    pub(super) state: BTreeMap<String, Vec<u8>>,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.key)
    }
}

/// A call that has not started.
#[derive(Debug)]
pub(super) struct PendingCall {
    pub(super) id: String,
    pub(super) service: String,
    pub(super) key: String,
    pub(super) handler: String,
    pub(super) scope: String,
    /// Empty for the run of a workflow, which is called once for its key.
    pub(super) idempotency_key: Option<String>,
    /// When it is to start, in milliseconds since the Unix epoch, unless it is at once.
    pub(super) due: Option<i64>,
    pub(super) headers: Vec<Header>,
    pub(super) body: Bytes,
}

impl PendingCall {
    pub(super) fn target(&self) -> String {
        let Self { service, key, handler, .. } = self;
        let key = if key.is_empty() { String::new() } else { format!("{key}/") };
        format!("{service}/{key}{handler}")
    }
}

/// Something that cannot be moved now.
#[derive(Debug)]
pub(super) struct Stay {
    pub(super) what: String,
    pub(super) target: String,
    pub(super) reason: String,
}

impl Stay {
    fn of(call: &PendingCall, reason: &str) -> Self {
        Self { what: call.id.clone(), target: call.target(), reason: reason.to_owned() }
    }
}

const INVOCATIONS: &str = "\
    SELECT full_id, service, key, handler, scope, idempotency_key, phase, input, \
           (SELECT due FROM timer WHERE kind = 0 AND timer.invocation = i.id) AS due, \
           caller IS NOT NULL OR EXISTS (SELECT 1 FROM awaiter a WHERE a.invocation = i.id) AS awaited, \
           EXISTS (SELECT 1 FROM journal j WHERE j.invocation = i.id) AS started \
    FROM invocation i ORDER BY phase = 0, coalesce(due, 0), arrived, id";

impl Inventory {
    /// Reads the files of a data directory.
    pub(super) fn read(data: &Path) -> Result<Self, Failure> {
        let mut connection = database::open(data)?;
        let failed = |error: rusqlite::Error| {
            Failure::from(format!("`{}` cannot be read: {error}", data.display()))
        };
        // One snapshot of all tables.
        let snapshot = connection.transaction().map_err(failed)?;
        refuse_encrypted(&snapshot, data)?;
        let mut inventory = Self::default();
        inventory.read_invocations(&snapshot).map_err(failed)?;
        inventory.read_state(&snapshot).map_err(failed)?;
        inventory.not_carried = json!({
            "results": count(&snapshot, "completed").map_err(failed)?,
            "promises": count(&snapshot, "promise").map_err(failed)?,
            "rules": count(&snapshot, "rule").map_err(failed)?,
        });
        Ok(inventory)
    }

    fn read_invocations(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare(INVOCATIONS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let call = pending(row)?;
            let phase: i64 = row.get("phase")?;
            let under_way = match phase {
                2 => Some("it is suspended"),
                3 => Some("it is paused"),
                _ if row.get("started")? => Some("it has started"),
                _ if row.get("awaited")? => Some("another invocation waits for its result"),
                _ => None,
            };
            match under_way {
                Some(reason) => {
                    self.stays.push(Stay::of(&call, reason));
                    self.in_use.insert((call.service, call.key));
                }
                None => self.calls.push(call),
            }
        }
        Ok(())
    }

    fn read_state(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection
            .prepare("SELECT service, key, scope, name, value FROM state ORDER BY 1, 2, 3, 4")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (service, key): (String, String) = (row.get(0)?, row.get(1)?);
            let scope: String = row.get(2)?;
            let name = String::from_utf8_lossy(&row.get::<_, Vec<u8>>(3)?).into_owned();
            let is_next = |it: &Object| it.service == service && it.key == key && it.scope == scope;
            if !self.objects.last().is_some_and(is_next) {
                self.objects.push(Object { service, key, scope, state: BTreeMap::new() });
            }
            if let Some(object) = self.objects.last_mut() {
                object.state.insert(name, row.get(4)?);
            }
        }
        Ok(())
    }

    /// Keeps the calls for which `reason` has none.
    pub(super) fn retain_calls(&mut self, reason: impl Fn(&PendingCall) -> Option<String>) {
        let calls = std::mem::take(&mut self.calls);
        for call in calls {
            match reason(&call) {
                None => self.calls.push(call),
                Some(reason) => {
                    self.stays.push(Stay::of(&call, &reason));
                    self.in_use.insert((call.service, call.key));
                }
            }
        }
    }

    /// Keeps the objects for which `reason` has none.
    pub(super) fn retain_objects(&mut self, reason: impl Fn(&Object) -> Option<String>) {
        let objects = std::mem::take(&mut self.objects);
        for object in objects {
            match reason(&object) {
                None => self.objects.push(object),
                Some(reason) => {
                    let (what, target) = ("the state of".to_owned(), object.to_string());
                    self.stays.push(Stay { what, target, reason });
                    self.in_use.insert((object.service, object.key));
                }
            }
        }
    }

    /// Leaves objects as a whole whose state or calls cannot all be moved: their calls depend on each other.
    pub(super) fn leave_objects_in_use(&mut self) {
        let in_use = self.in_use.clone();
        // All calls of plain services have the empty key.
        let is_in_use = |service: &str, key: &str| {
            !key.is_empty() && in_use.contains(&(service.to_owned(), key.to_owned()))
        };
        let reason = "what cannot be moved belongs to the same object";
        self.retain_calls(|call| is_in_use(&call.service, &call.key).then(|| reason.to_owned()));
        self.retain_objects(|it| is_in_use(&it.service, &it.key).then(|| reason.to_owned()));
    }
}

fn pending(row: &Row<'_>) -> rusqlite::Result<PendingCall> {
    let mut frames = Decoder::default();
    frames.push(row.get::<_, Vec<u8>>("input")?.into());
    let frame = frames.next_frame().ok().flatten();
    let input: InputCommand = frame.and_then(|frame| frame.decode().ok()).unwrap_or_default();
    let is_scheduled = row.get::<_, i64>("phase")? == 0;
    let due: Option<i64> = row.get("due")?;
    Ok(PendingCall {
        id: row.get("full_id")?,
        service: row.get("service")?,
        key: row.get("key")?,
        handler: row.get("handler")?,
        scope: row.get("scope")?,
        idempotency_key: row.get("idempotency_key")?,
        due: due.filter(|_| is_scheduled),
        headers: input.headers,
        body: input.value.unwrap_or_default().content,
    })
}

fn refuse_encrypted(connection: &Connection, data: &Path) -> Result<(), Failure> {
    match count(connection, "encryption_key") {
        Ok(0) => Ok(()),
        Ok(_) => {
            let message = format!(
                "values in `{}` are encrypted, and this tool has no keys, so it cannot move them; let the engine \
                 finish its calls, and store the state of objects through their handlers on the server",
                data.display()
            );
            Err(Failure::new(Cause::Conflict, message))
        }
        Err(error) => Err(format!("`{}` cannot be read: {error}", data.display()).into()),
    }
}

fn count(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
}
