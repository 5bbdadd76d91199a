//! What a query is told that is not in its own reach: the engine's memory, and values that are encoded or
//! encrypted.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use bytes::Bytes;
use prost::Message as _;
use restate_core::wire::protocol::{Failure, OutputResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::{
    super::watch::Watch,
    journal::{JournalRow, entries},
};
use crate::{
    engine::handle::EngineHandle,
    http::refusal::refusal,
    machine::{Activity, Machine},
    model::{
        catalog::Catalog,
        id::InvocationId,
        sealed::is_marked,
        target::{Object, Target},
        timestamp::rfc_3339,
    },
    store::{Phase, PromiseName, Store, StoreError},
};

/// How many invocations on each side of one are looked up with it, as a query mostly reads them in order.
const READ_AHEAD: u32 = 500;

/// How many timers are looked at for the starts of scheduled invocations, the soonest first: they are ordered
/// by time, and there may be millions.
const SOONEST: u32 = 20_000;

/// What one query is told.
pub(crate) struct Inside {
    path: PathBuf,
    engine: EngineHandle,
    catalog: Catalog,
    watch: Arc<Watch>,
    connection: Option<Connection>,
    active: HashMap<i64, Option<Active>>,
    starts: Option<HashMap<i64, String>>,
    journal: Option<(i64, Vec<JournalRow>)>,
}

/// What an invocation is doing.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) activity: Activity,
    pub(super) holds_key: bool,
}

impl Inside {
    pub(crate) fn new(path: PathBuf, engine: EngineHandle, watch: Arc<Watch>) -> Self {
        let catalog = engine.catalog();
        let (connection, starts, journal) = (None, None, None);
        Self { path, engine, catalog, watch, connection, active: HashMap::new(), starts, journal }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Calls `look` with the machine and the store.
    pub(super) fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Machine, &mut dyn Store) -> T + Send + 'static,
    ) -> rusqlite::Result<T> {
        let stopped = |_| self.refuse(503, "the engine is stopping".to_owned());
        self.engine.inspect_blocking(look).map_err(stopped)
    }

    /// Makes the query fail with this message.
    pub(super) fn refuse(&self, code: u16, message: String) -> rusqlite::Error {
        self.watch.refuse(refusal(code, message.clone()));
        failed(message)
    }

    /// A connection of its own, which sees one state of the database.
    fn connection(&mut self) -> rusqlite::Result<&Connection> {
        if self.connection.is_none() {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&self.path, flags)?;
            let (watched, mut looked) = (Arc::clone(&self.watch), None);
            let must_end = move || watched.must_end(&mut looked);
            connection.progress_handler(super::super::reader::INSTRUCTIONS, Some(must_end))?;
            connection.execute_batch("BEGIN")?;
            self.connection = Some(connection);
        }
        self.connection.as_ref().ok_or_else(|| failed("no connection".to_owned()))
    }

    /// What an invocation that is not scheduled is doing; `None` if it has ended meanwhile.
    pub(super) fn active(&mut self, number: i64) -> rusqlite::Result<Option<&Active>> {
        if !self.active.contains_key(&number) {
            let ids = self.around(number)?;
            let looked = self.look(move |machine, _| {
                let look = |id| {
                    let activity = machine.activity(id)?;
                    Some(Active { activity, holds_key: machine.holds_key(id) })
                };
                ids.into_iter().map(|id| (id.order().cast_signed(), look(id))).collect::<Vec<_>>()
            })?;
            self.active.extend(looked);
            self.active.entry(number).or_default();
        }
        Ok(self.active.get(&number).and_then(Option::as_ref))
    }

    fn around(&mut self, number: i64) -> rusqlite::Result<Vec<InvocationId>> {
        let mut statement = self.connection()?.prepare_cached(
            "SELECT full_id FROM (SELECT full_id, phase FROM invocation WHERE id >= ?1 ORDER BY id LIMIT ?2) \
             WHERE phase <> 0 UNION ALL SELECT full_id FROM (SELECT full_id, phase FROM invocation \
             WHERE id < ?1 ORDER BY id DESC LIMIT ?2) WHERE phase <> 0",
        )?;
        let found = statement.query_map(params![number, READ_AHEAD], |row| row.get(0))?;
        let found: Vec<String> = found.collect::<Result<_, _>>()?;
        drop(statement);
        let ids = found.iter().filter_map(|id| id.parse::<InvocationId>().ok());
        Ok(ids.filter(|id| !self.active.contains_key(&id.order().cast_signed())).collect())
    }

    /// When a scheduled invocation starts, if it is among the next ones.
    pub(super) fn start(&mut self, number: i64) -> rusqlite::Result<Option<String>> {
        if self.starts.is_none() {
            let mut statement = self.connection()?.prepare_cached(
                "SELECT invocation, due FROM (SELECT * FROM timer ORDER BY due LIMIT ?1) WHERE kind = 0",
            )?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, rfc_3339(row.get::<_, i64>(1)?.cast_unsigned())))
            };
            let starts = statement.query_map([SOONEST], read)?.collect::<Result<_, _>>()?;
            drop(statement);
            self.starts = Some(starts);
        }
        Ok(self.starts.as_ref().and_then(|starts| starts.get(&number).cloned()))
    }

    /// The entries of a journal.
    pub(super) fn journal(&mut self, number: i64) -> rusqlite::Result<&[JournalRow]> {
        if self.journal.as_ref().is_none_or(|(read, _)| *read != number) {
            let read = self.read_journal(number)?;
            self.journal = Some((number, read));
        }
        Ok(self.journal.as_ref().map(|(_, entries)| &**entries).unwrap_or_default())
    }

    fn read_journal(&mut self, number: i64) -> rusqlite::Result<Vec<JournalRow>> {
        let Some((id, target)) = self.target(number)? else { return Ok(Vec::new()) };
        let mut statement = self.connection()?.prepare_cached(
            "SELECT frames FROM (SELECT -1 AS part, input AS frames FROM invocation WHERE id = ?1 \
             UNION ALL SELECT -1, input FROM completed WHERE id = ?1 \
             UNION ALL SELECT part, frames FROM journal WHERE invocation = ?1) \
             WHERE frames IS NOT NULL ORDER BY part",
        )?;
        let parts = statement.query_map([number], |row| row.get(0))?;
        let parts: Vec<Vec<u8>> = parts.collect::<Result<_, _>>()?;
        drop(statement);
        // Only the engine can decrypt them.
        let parts: Vec<Bytes> = match parts.iter().any(|part| is_marked(part)) {
            true => self.store(move |store| store.journal(id, u32::MAX))?,
            false => parts.into_iter().map(Bytes::from).collect(),
        };
        entries(&self.catalog, &target, parts).map_err(|error| self.refuse(500, error))
    }

    /// The id and the target of an invocation.
    fn target(&mut self, number: i64) -> rusqlite::Result<Option<(InvocationId, Target)>> {
        let sql = "SELECT full_id, service, handler, key FROM invocation WHERE id = ?1 \
                   UNION ALL SELECT full_id, service, handler, key FROM completed WHERE id = ?1";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let text = |at| row.get::<_, String>(at);
            Ok((text(0)?, Target::new(text(1)?, text(2)?, text(3)?)))
        };
        let found = statement.query_row([number], read).optional()?;
        Ok(found.and_then(|(id, target)| Some((id.parse().ok()?, target))))
    }

    /// The message of the failure that an invocation has ended with.
    pub(super) fn failure(&mut self, number: i64) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT failure, full_id FROM completed WHERE id = ?1";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found = statement.query_row([number], read).optional()?;
        drop(statement);
        let Some((Some(failure), id)): Option<(Option<Vec<u8>>, String)> = found else {
            return Ok(None);
        };
        if !is_marked(&failure) {
            return Ok(Failure::decode(&*failure).ok().map(|failure| failure.message));
        }
        let Ok(id) = id.parse::<InvocationId>() else { return Ok(None) };
        let found = self.store(move |store| store.invocation(id))?;
        Ok(match found.map(|found| found.phase) {
            Some(Phase::Completed(OutputResult::Failure(failure))) => Some(failure.message),
            _ => None,
        })
    }

    /// A value of an object.
    pub(super) fn state(
        &mut self,
        object: Object,
        name: Vec<u8>,
    ) -> rusqlite::Result<Option<Bytes>> {
        self.check_visible(&object.service)?;
        let sql =
            "SELECT value FROM state WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name = ?4";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let scope = object.scope.as_deref().unwrap_or_default();
        let key = params![&*object.service, &*object.key, scope, name];
        let value: Option<Vec<u8>> = statement.query_row(key, |row| row.get(0)).optional()?;
        drop(statement);
        match value {
            Some(value) if is_marked(&value) => {
                self.store(move |store| store.value(&object, &name))
            }
            value => Ok(value.map(Bytes::from)),
        }
    }

    /// What a promise was completed with.
    pub(super) fn promise(&mut self, name: PromiseName) -> rusqlite::Result<Option<OutputResult>> {
        self.check_visible(&name.object.service)?;
        let completed = self.store(move |store| store.promise(&name))?;
        Ok(completed.result)
    }

    fn store<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> rusqlite::Result<T> {
        let read = self.look(move |_, store| read(store))?;
        read.map_err(|error| self.refuse(500, error.to_string()))
    }

    /// Refuses to show values of a service whose contract has fields that people must not see.
    fn check_visible(&self, service: &str) -> rusqlite::Result<()> {
        if !self.catalog.hides_values(service) {
            return Ok(());
        }
        let message = format!(
            "the values of `{service}` are not shown, as its contract has fields with `debug_redact`; leave \
             out the columns with values, or this service"
        );
        Err(self.refuse(403, message))
    }
}

/// An error of a function.
pub(super) fn failed(message: String) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(message.into())
}
