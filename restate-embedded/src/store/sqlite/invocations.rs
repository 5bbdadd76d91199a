//! Invocations in their tables: completed ones are apart from those that are not over.

use restate_core::{Encoding, wire::protocol::OutputResult};
use rusqlite::{Row, params, types::ToSql};

use super::{
    SqliteStore,
    columns::{
        deployment_at, encoding_at, full_id_at, id_at, nonce, order, partition_key, parts,
        read_invocation, result_at, scope_at, seed_at, signed,
    },
    sealing::{Owner, Place},
};
use crate::{
    model::{id::InvocationId, target::Target},
    store::{AwaitingEntry, Caller, JournalFate, Phase, StoredInvocation, Traces},
};

impl SqliteStore {
    pub(super) fn create(
        &self,
        invocation: &StoredInvocation,
        input: &[u8],
    ) -> rusqlite::Result<()> {
        let input = self.sealed(Place::Input(invocation.id.order()), input)?;
        let StoredInvocation {
            id,
            target,
            idempotency_key,
            limit_key,
            caller,
            retained,
            trace,
            arrived,
            random_seed,
            ..
        } = invocation;
        let phase = if invocation.phase == Phase::Scheduled { 0 } else { 1 };
        self.execute(
            "INSERT INTO invocation (id, full_id, service, handler, key, idempotency_key, caller, \
             caller_partition_key, caller_nonce, caller_entry, retained, phase, arrived, input, \
             scope, limit_key, trace, random_seed) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            params![
                order(*id),
                id.to_string(),
                target.service,
                target.handler,
                &*target.key,
                idempotency_key.as_deref(),
                caller.map(|caller| order(caller.id)),
                caller.map(|caller| partition_key(caller.id)),
                caller.map(|caller| nonce(caller.id)),
                caller.map(|caller| caller.completion),
                retained,
                phase,
                signed(*arrived),
                &*input,
                target.scope.as_deref().unwrap_or_default(),
                limit_key.as_deref(),
                trace.as_ref().map(|trace| trace.to_bytes()),
                random_seed.map(u64::cast_signed)
            ],
        )
    }

    /// Keeps the result of an invocation that is about to be removed, and its input if its journal is
    /// kept.
    pub(super) fn complete(
        &self,
        id: InvocationId,
        result: &OutputResult,
        encoding: Option<Encoding>,
        at: u64,
        journal: JournalFate,
    ) -> rusqlite::Result<()> {
        let owner = Owner::Invocation(id.order());
        let (output, failure) = parts(result);
        let output = output.map(|output| self.sealed(Place::Output(owner), output)).transpose()?;
        let failure = failure.map(|failure| self.sealed_failure(owner, failure)).transpose()?;
        self.execute(
            "INSERT INTO completed (id, full_id, service, handler, key, scope, idempotency_key, \
             limit_key, output, failure, completed_at, input, content_type, deployment, \
             random_seed, protocol) \
             SELECT id, full_id, service, handler, key, scope, idempotency_key, limit_key, \
             ?2, ?3, ?4, iif(?5, input, NULL), ?6, deployment, random_seed, protocol \
             FROM invocation WHERE id = ?1",
            params![
                order(id),
                output.as_deref(),
                failure,
                signed(at),
                journal == JournalFate::Kept,
                encoding.map(Encoding::content_type)
            ],
        )
    }

    pub(super) fn remove(&self, id: InvocationId, traces: Traces) -> rusqlite::Result<()> {
        self.execute("DELETE FROM invocation WHERE id = ?1", params![order(id)])?;
        if traces.journal {
            self.execute("DELETE FROM journal WHERE invocation = ?1", params![order(id)])?;
        }
        if traces.awaiters {
            self.execute("DELETE FROM awaiter WHERE invocation = ?1", params![order(id)])?;
        }
        Ok(())
    }

    /// Removes the journal that was kept of a completed invocation.
    pub(super) fn forget_journal(&self, id: InvocationId) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM journal WHERE invocation = \
             (SELECT id FROM completed WHERE id = ?1 AND input IS NOT NULL)",
            params![order(id)],
        )?;
        self.execute(
            "UPDATE completed SET input = NULL WHERE id = ?1 AND input IS NOT NULL",
            params![order(id)],
        )
    }

    /// Invocations that satisfy `condition`. It becomes part of the statement, so it must be a text
    /// of this crate.
    pub(super) fn invocations(
        &self,
        condition: &str,
        params: &[&dyn ToSql],
    ) -> rusqlite::Result<Vec<StoredInvocation>> {
        let sql = format!(
            "SELECT full_id, service, handler, key, idempotency_key, caller, \
             caller_partition_key, caller_nonce, caller_entry, retained, arrived, phase, awaiting, \
             (SELECT max(part) + 1 FROM journal WHERE journal.invocation = invocation.id), \
             scope, limit_key, \
             (SELECT sum(length(frames)) FROM journal WHERE journal.invocation = invocation.id), \
             last_failure, last_failure_step, failed_attempts, deployment, trace, random_seed, \
             protocol \
             FROM invocation WHERE {condition}"
        );
        let mut found = self.query(&sql, params, read_invocation)?;
        for invocation in &mut found {
            invocation.awaiters = self.query(
                "SELECT caller, caller_partition_key, caller_nonce, caller_entry, attached \
                 FROM awaiter \
                 WHERE invocation = ?1",
                params![order(invocation.id)],
                |row| {
                    let attached: bool = row.get(4)?;
                    let entry = if attached { AwaitingEntry::Attach } else { AwaitingEntry::Call };
                    Ok(Caller { id: id_at(row, 0)?, completion: row.get(3)?, entry })
                },
            )?;
        }
        Ok(found)
    }

    pub(super) fn completed(&self, id: InvocationId) -> rusqlite::Result<Option<StoredInvocation>> {
        let sql = "SELECT service, handler, key, idempotency_key, output, failure, scope, \
                   limit_key, full_id, content_type, deployment, random_seed, \
                   protocol \
                   FROM completed WHERE id = ?1";
        let read = |row: &Row<'_>| {
            let text = |index| row.get::<_, String>(index);
            Ok(StoredInvocation {
                id: full_id_at(row, 8)?,
                target: Target::new(text(0)?, text(1)?, text(2)?).within(scope_at(row, 6)?),
                idempotency_key: row.get::<_, Option<String>>(3)?.map(Into::into),
                limit_key: row.get::<_, Option<String>>(7)?.map(Into::into),
                caller: None,
                retained: true,
                deployment: deployment_at(row, 10)?,
                protocol: row.get(12)?,
                trace: None,
                random_seed: seed_at(row, 11)?,
                arrived: id.order(),
                phase: Phase::Completed(result_at(
                    row,
                    4,
                    &self.keys,
                    Owner::Invocation(id.order()),
                )?),
                failure: None,
                encoding: encoding_at(row, 9)?,
                parts: 0,
                journal_bytes: 0,
                awaiters: Vec::new(),
            })
        };
        let found = self.query(sql, params![order(id)], read)?;
        Ok(found.into_iter().find(|invocation| invocation.id == id))
    }
}
