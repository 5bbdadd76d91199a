//! Promises of workflows in their tables.

use restate_core::wire::protocol::OutputResult;
use rusqlite::{Row, params};

use super::{
    SqliteStore,
    columns::{id_at, nonce, order, partition_key, parts, result_at, scope},
    sealing::{Owner, Place},
};
use crate::{
    model::id::InvocationId,
    store::{AwaitingEntry, Caller, PromiseName, StoredPromise},
};

impl SqliteStore {
    pub(super) fn promise_row(&self, promise: &PromiseName) -> rusqlite::Result<StoredPromise> {
        let PromiseName { object, name } = promise;
        let results = self.query(
            "SELECT output, failure FROM promise WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name = ?4",
            params![object.service, &*object.key, scope(object), name],
            |row| result_at(row, 0, &self.keys, Owner::Promise(promise)),
        )?;
        let awaiters = self.query(
            "SELECT caller, caller_partition_key, caller_nonce, caller_entry FROM promise_awaiter \
             WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name = ?4",
            params![object.service, &*object.key, scope(object), name],
            |row: &Row<'_>| {
                let entry = AwaitingEntry::Promise;
                Ok(Caller { id: id_at(row, 0)?, completion: row.get(3)?, entry })
            },
        )?;
        Ok(StoredPromise { result: results.into_iter().next(), awaiters })
    }

    pub(super) fn await_promise(
        &self,
        promise: &PromiseName,
        caller: Caller,
    ) -> rusqlite::Result<()> {
        let PromiseName { object, name } = promise;
        self.execute(
            "INSERT INTO promise_awaiter \
             (service, key, scope, name, caller, caller_partition_key, caller_nonce, caller_entry) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                object.service,
                &*object.key,
                scope(object),
                name,
                order(caller.id),
                partition_key(caller.id),
                nonce(caller.id),
                caller.completion
            ],
        )
    }

    pub(super) fn complete_promise(
        &self,
        promise: &PromiseName,
        result: &OutputResult,
    ) -> rusqlite::Result<()> {
        let PromiseName { object, name } = promise;
        let (output, failure) = parts(result);
        let owner = Owner::Promise(promise);
        let output = output.map(|output| self.sealed(Place::Output(owner), output)).transpose()?;
        let failure = failure.map(|failure| self.sealed_failure(owner, failure)).transpose()?;
        self.execute(
            "INSERT INTO promise (service, key, scope, name, output, failure) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![object.service, &*object.key, scope(object), name, output.as_deref(), failure],
        )?;
        self.execute(
            "DELETE FROM promise_awaiter WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name = ?4",
            params![object.service, &*object.key, scope(object), name],
        )
    }

    /// Removes the state and the promises of a workflow whose run is about to be removed. Handlers
    /// that are not over keep waiting for promises.
    pub(super) fn remove_workflow(&self, id: InvocationId) -> rusqlite::Result<()> {
        let run = "SELECT service, key, scope FROM completed \
                   WHERE id = ?1 AND idempotency_key = ''";
        let keys = self.query(run, params![order(id)], |row| {
            let text = |index| row.get::<_, String>(index);
            Ok((text(0)?, text(1)?, text(2)?))
        })?;
        for (service, key, scope) in keys {
            for sql in [
                "DELETE FROM state WHERE service = ?1 AND key = ?2 AND scope = ?3",
                "DELETE FROM promise WHERE service = ?1 AND key = ?2 AND scope = ?3",
                "DELETE FROM promise_awaiter WHERE service = ?1 AND key = ?2 AND scope = ?3 \
                 AND caller NOT IN (SELECT id FROM invocation)",
            ] {
                self.execute(sql, params![service, key, scope])?;
            }
        }
        Ok(())
    }
}
