mod columns;
mod deployments;
mod invocations;
mod journal;
mod log_room;
mod migrations;
mod open_error;
mod promises;
mod redacted;
mod reencrypt;
mod rules;
mod run;
mod sealing;
mod state;
mod sync;
mod timers;

use std::{cell::RefCell, collections::BTreeSet, path::Path, sync::Arc};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row, params, types::ToSql};
use tracing::debug;

use self::columns::{full_id_at, nonce, order, partition_key, scope, signed, timer_kind, unsigned};
use self::journal::SqliteReader;
use self::log_room::LogRoom;
use self::migrations::{check_origin, migrate};
pub use self::open_error::OpenError;
pub(crate) use self::run::RunId;
use self::run::check_log;
use self::sealing::{Place, check_keys, opened};
use self::sync::SqliteSyncer;
use super::{
    JournalReader, Reads, Store, StoreError, Syncer,
    rows::{
        AwaitingEntry, JournalFate, PromiseName, StoredInvocation, StoredPromise, Timer, Traces,
        Write,
    },
};
use crate::model::{
    deployment::Deployment,
    encryption::Keys,
    id::InvocationId,
    rules::Rule,
    settings::Durability,
    target::{Object, Target},
};

/// Pages of the write-ahead log (4 KiB each) after which it is copied into the database: 16 MB,
/// four times SQLite's default. A checkpoint syncs both files and delays the commit that triggers
/// it, so fewer are better; a longer log takes longer to recover.
const CHECKPOINT_PAGES: i64 = 4000;

/// A store in one SQLite file and its write-ahead log.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    connection: Connection,
    in_group: bool,
    keys: Keys,
    /// The keys that are in their table.
    recorded_keys: RefCell<BTreeSet<String>>,
    durability: Durability,
    /// `None` if commits are not synced, or the log cannot be opened twice.
    log_room: Option<LogRoom>,
}

impl SqliteStore {
    /// Opens the file of a data directory, which knows of these runs, or creates it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), when the log of the file is missing or of another run, and when values
    /// cannot be decrypted with these keys.
    pub(crate) fn open_checked(
        path: &Path,
        durability: Durability,
        runs: &[RunId],
        keys: Keys,
    ) -> Result<Self, OpenError> {
        check_log(path, runs)?;
        Self::open_with(path, durability, keys)
    }

    /// Opens the file, or creates it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read and written, is not a database of an engine, was written by a newer
    /// version of the engine, or has encrypted values.
    #[cfg(any(test, feature = "internals"))]
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self, OpenError> {
        Self::open_with(path, durability, Keys::Absent)
    }

    fn open_with(path: &Path, durability: Durability, keys: Keys) -> Result<Self, OpenError> {
        let connection = Connection::open(path)?;
        // Before anything is written: the file may belong to another program.
        check_origin(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit does not sync the log: `SqliteSyncer` does, while the engine goes on. SQLite still
        // syncs it before it copies pages into the database.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // After a failed sync, the system may hold pages of the log that look written and are not.
        // An earlier process may have stopped on such an error, so the log is written again before
        // anything that builds on it is acknowledged.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // More than there are statements in this store, so that none is prepared twice.
        connection.set_prepared_statement_cache_capacity(64);
        migrate(&connection)?;
        let recorded_keys = RefCell::new(check_keys(&connection, &keys)?);
        let log_room = match durability {
            // Without it, syncs take longer.
            Durability::Full => LogRoom::open(path).ok(),
            Durability::Relaxed => None,
        };
        Ok(Self { connection, in_group: false, durability, keys, recorded_keys, log_room })
    }

    /// The same store on a disk that is full at this many pages.
    #[cfg(test)]
    pub(crate) fn with_pages(self, pages: u32) -> Self {
        let limit = format!("PRAGMA max_page_count = {pages}");
        let count: u32 = self.connection.query_row(&limit, [], |row| row.get(0)).unwrap();
        assert_eq!(count, pages, "the file is longer than that already");
        self
    }

    fn execute(&self, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(params).map(drop)
    }

    fn query<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare_cached(sql)?.query_map(params, read)?.collect()
    }

    fn write(&mut self, write: &Write) -> rusqlite::Result<()> {
        if !self.in_group {
            self.execute("BEGIN IMMEDIATE", &[])?;
            self.in_group = true;
        }
        match write {
            Write::Create { invocation, input } => self.create(invocation, input),
            Write::Release { id, arrived } => self.execute(
                "UPDATE invocation SET phase = 1, arrived = ?2 WHERE id = ?1",
                params![order(*id), signed(*arrived)],
            ),
            Write::Append { id, part, frames } => {
                let frames = self.sealed(Place::Frames(id.order(), *part), frames)?;
                self.execute(
                    "INSERT INTO journal (invocation, part, frames) VALUES (?1, ?2, ?3)",
                    params![order(*id), part, &*frames],
                )
            }
            Write::Suspend { id, awaiting } => self.execute(
                "UPDATE invocation SET phase = 2, awaiting = ?2 WHERE id = ?1",
                params![order(*id), &**awaiting],
            ),
            Write::Resume { id } => self.execute(
                "UPDATE invocation SET phase = 1, awaiting = NULL, error = NULL WHERE id = ?1",
                params![order(*id)],
            ),
            Write::Pause { id, error } => self.execute(
                "UPDATE invocation SET phase = 3, awaiting = NULL, error = ?2 WHERE id = ?1",
                params![order(*id), error],
            ),
            Write::SetFailure { id, failure } => self.execute(
                "UPDATE invocation SET last_failure = ?2, last_failure_step = ?3, \
                 failed_attempts = ?4 WHERE id = ?1",
                params![
                    order(*id),
                    failure.as_ref().map(|failure| &failure.error),
                    failure.as_ref().and_then(|failure| failure.step.as_ref()),
                    failure.as_ref().map(|failure| failure.attempt)
                ],
            ),
            Write::Complete { id, result, encoding, at, journal, traces } => {
                let traces = match journal {
                    JournalFate::Kept => Traces { journal: false, ..*traces },
                    JournalFate::Removed => *traces,
                };
                self.complete(*id, result, *encoding, *at, *journal)?;
                self.remove(*id, traces)
            }
            Write::Adopt { id } => self.execute(
                "UPDATE invocation SET idempotency_key = '', retained = 1 WHERE id = ?1",
                params![order(*id)],
            ),
            Write::Retain { id } => self
                .execute("UPDATE invocation SET retained = 1 WHERE id = ?1", params![order(*id)]),
            Write::Remove { id, traces } => self.remove(*id, *traces),
            Write::Expire { id } => {
                self.remove_workflow(*id)?;
                self.forget_journal(*id)?;
                self.execute("DELETE FROM completed WHERE id = ?1", params![order(*id)])
            }
            Write::ForgetJournal { id } => self.forget_journal(*id),
            Write::AwaitPromise { promise, caller } => self.await_promise(promise, *caller),
            Write::CompletePromise { promise, result } => self.complete_promise(promise, result),
            Write::Await { id, caller } => self.execute(
                "INSERT INTO awaiter \
                 (invocation, caller, caller_partition_key, caller_nonce, caller_entry, attached) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    order(*id),
                    order(caller.id),
                    partition_key(caller.id),
                    nonce(caller.id),
                    caller.completion,
                    caller.entry == AwaitingEntry::Attach
                ],
            ),
            Write::AddTimer(timer) => self.execute(
                "INSERT INTO timer (due, invocation, partition_key, nonce, kind, entry) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    signed(timer.due),
                    order(timer.id),
                    partition_key(timer.id),
                    nonce(timer.id),
                    timer_kind(timer.kind).0,
                    timer_kind(timer.kind).1
                ],
            ),
            Write::RemoveTimer(timer) => self.execute(
                "DELETE FROM timer \
                 WHERE due = ?1 AND invocation = ?2 AND kind = ?3 AND entry = ?4",
                params![
                    signed(timer.due),
                    order(timer.id),
                    timer_kind(timer.kind).0,
                    timer_kind(timer.kind).1
                ],
            ),
            Write::Pin { id, deployment, protocol } => self.execute(
                "UPDATE invocation SET deployment = ?2, protocol = ?3 WHERE id = ?1",
                params![order(*id), deployment.stored().map(|it| it.to_string()), protocol],
            ),
            Write::SetTrace { id, trace } => self.execute(
                "UPDATE invocation SET trace = ?2 WHERE id = ?1",
                params![order(*id), trace.to_bytes()],
            ),
            Write::SetDeployment(deployment) => self.set_deployment(deployment),
            Write::RemoveDeployment { id } => {
                self.execute("DELETE FROM deployment WHERE id = ?1", params![id.to_string()])
            }
            Write::SetRule(rule) => self.set_rule(rule),
            Write::RemoveRule { pattern } => {
                self.execute("DELETE FROM rule WHERE pattern = ?1", params![pattern.as_str()])
            }
            Write::SetState { object, name, value } => {
                let value = self.sealed(Place::State(object, name), value)?;
                self.execute(
                    "INSERT INTO state (service, key, scope, name, value) \
                     VALUES (?1, ?2, ?3, ?4, ?5) \
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                    params![object.service, &*object.key, scope(object), &**name, &*value],
                )
            }
            Write::ClearState { object, name } => self.execute(
                "DELETE FROM state WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name = ?4",
                params![object.service, &*object.key, scope(object), &**name],
            ),
            Write::ClearAllState { object } => self.execute(
                "DELETE FROM state WHERE service = ?1 AND key = ?2 AND scope = ?3",
                params![object.service, &*object.key, scope(object)],
            ),
        }
    }
}

impl Store for SqliteStore {
    fn close(&mut self) -> Result<(), StoreError> {
        let end = || {
            if self.in_group {
                // Of an engine that was dropped: nobody has learned of these writes.
                self.execute("ROLLBACK", &[])?;
            }
            self.end_run()
        };
        end().map_err(|source| StoreError::new("close", source))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if self.in_group {
            self.execute("COMMIT", &[]).map_err(|source| StoreError::new("commit", source))?;
            self.in_group = false;
            if let Some(room) = &mut self.log_room
                && let Err(error) = room.renew()
            {
                // The commit has succeeded; the next syncs only take longer.
                debug!("no room can be made in the write-ahead log: {error}");
            }
        }
        Ok(())
    }

    fn reencrypt(&mut self) -> Result<(), StoreError> {
        self.encrypt_all().map(drop).map_err(|source| StoreError::new("encrypt again", source))
    }

    #[cfg(test)]
    fn overhead(&self) -> u64 {
        let place = Place::Input(0);
        self.sealed(place, b"").map_or(0, |sealed| sealed.len() as u64)
    }

    fn syncer(&self) -> Result<Option<Arc<dyn Syncer>>, StoreError> {
        match (self.durability, self.connection.path()) {
            (Durability::Full, Some(path)) => Ok(Some(Arc::new(SqliteSyncer::open(path)?))),
            _ => Ok(None),
        }
    }

    fn last_order(&mut self) -> Result<u64, StoreError> {
        self.connection
            .query_row(
                "SELECT max(ifnull((SELECT max(id) FROM invocation), 0), \
                 ifnull((SELECT max(id) FROM completed), 0))",
                [],
                |row| row.get(0).map(unsigned),
            )
            .map_err(|source| StoreError::new("read its largest id", source))
    }

    fn unfinished(&mut self) -> Result<Vec<StoredInvocation>, StoreError> {
        self.invocations("phase IN (1, 2, 3) ORDER BY arrived", &[])
            .map_err(|source| StoreError::new("read unfinished invocations", source))
    }

    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError> {
        journal::read(&self.connection, &self.keys, id, parts)
            .map_err(|source| StoreError::new("read a journal", source))
    }

    fn reader(&self) -> Option<Box<dyn JournalReader>> {
        Some(Box::new(SqliteReader::new(self.connection.path()?, self.keys.clone())))
    }

    #[cfg(any(test, feature = "testing"))]
    fn next_wake(&mut self) -> Result<Option<u64>, StoreError> {
        self.query("SELECT due FROM timer WHERE kind < 2 ORDER BY due LIMIT 1", &[], |row| {
            row.get(0).map(unsigned)
        })
        .map(|found| found.into_iter().next())
        .map_err(|source| StoreError::new("read timers", source))
    }

    fn rules(&mut self) -> Result<Vec<Rule>, StoreError> {
        self.stored_rules().map_err(|source| StoreError::new("read the rules of limits", source))
    }

    fn deployments(&mut self) -> Result<Vec<Deployment>, StoreError> {
        self.stored_deployments().map_err(|source| StoreError::new("read deployments", source))
    }
}

impl Reads for SqliteStore {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        self.write(&write).map_err(|source| StoreError::new("write", source))
    }

    fn invocation(&mut self, id: InvocationId) -> Result<Option<StoredInvocation>, StoreError> {
        self.invocations("id = ?1", params![order(id)])
            .and_then(|found| match found.into_iter().find(|invocation| invocation.id == id) {
                Some(invocation) => Ok(Some(invocation)),
                None => self.completed(id),
            })
            .map_err(|source| StoreError::new("read an invocation", source))
    }

    fn by_idempotency_key(
        &mut self,
        target: &Target,
        key: &str,
    ) -> Result<Option<InvocationId>, StoreError> {
        let sql = "SELECT full_id FROM invocation \
                   WHERE service = ?1 AND handler = ?2 AND key = ?3 AND idempotency_key = ?4 \
                   AND scope = ?5 \
                   UNION ALL SELECT full_id FROM completed \
                   WHERE service = ?1 AND handler = ?2 AND key = ?3 AND idempotency_key = ?4 \
                   AND scope = ?5";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement
                    .query_row(
                        params![
                            target.service,
                            target.handler,
                            &*target.key,
                            key,
                            target.scope.as_deref().unwrap_or_default()
                        ],
                        |row| full_id_at(row, 0),
                    )
                    .optional()
            })
            .map_err(|source| StoreError::new("look up an idempotency key", source))
    }

    fn state(
        &mut self,
        object: &Object,
        limit: u64,
    ) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError> {
        self.state_rows(object, limit)
            .map_err(|source| StoreError::new("read an object's state", source))
    }

    fn state_names(&mut self, object: &Object) -> Result<Vec<(Bytes, u64)>, StoreError> {
        let sql = "SELECT name, length(value) FROM state \
                   WHERE service = ?1 AND key = ?2 AND scope = ?3 ORDER BY name";
        self.query(sql, params![object.service, &*object.key, scope(object)], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?.into(), unsigned(row.get(1)?)))
        })
        .map_err(|source| StoreError::new("read an object's state", source))
    }

    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let sql = "SELECT value FROM state \
                   WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name = ?4";
        let value = |row: &Row<'_>| opened(&self.keys, Place::State(object, name), row.get(0)?);
        self.query(sql, params![object.service, &*object.key, scope(object), name], value)
            .map(|found| found.into_iter().next())
            .map_err(|source| StoreError::new("read an object's state", source))
    }

    fn state_size(&mut self, object: &Object, without: &[u8]) -> Result<u64, StoreError> {
        self.stored_size(object, without)
            .map_err(|source| StoreError::new("read the size of an object's state", source))
    }

    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError> {
        self.promise_row(promise).map_err(|source| StoreError::new("read a promise", source))
    }

    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError> {
        self.stored_timers(from, until).map_err(|source| StoreError::new("read timers", source))
    }

    fn timer_count(&mut self) -> Result<u64, StoreError> {
        self.count_timers().map_err(|source| StoreError::new("count timers", source))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::SqliteStore;
    use crate::{
        model::settings::Durability,
        store::{Store as _, conformance},
    };

    #[test]
    fn does_what_every_store_must() {
        conformance::suite(|| {
            let directory = tempfile::tempdir().unwrap();
            move || SqliteStore::open(&database(&directory), Durability::Full).unwrap()
        });
    }

    #[test]
    fn there_is_something_to_sync_unless_that_is_relaxed() {
        let directory = tempfile::tempdir().unwrap();
        let syncer = |durability| {
            let store = SqliteStore::open(&database(&directory), durability).unwrap();
            store.syncer().unwrap()
        };
        syncer(Durability::default()).unwrap().sync().unwrap();
        syncer(Durability::Full).unwrap().sync().unwrap();
        assert!(syncer(Durability::Relaxed).is_none());
    }

    fn database(directory: &TempDir) -> PathBuf {
        directory.path().join("restate.sqlite")
    }
}
