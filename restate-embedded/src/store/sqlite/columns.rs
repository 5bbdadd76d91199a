//! Rust values in columns of the tables.

use std::sync::Arc;

use prost::Message as _;
use restate_core::{
    Encoding,
    wire::protocol::{Failure, OutputResult},
};
use rusqlite::{Row, types::Type};

use super::sealing::{Owner, Place, opened};
use crate::{
    model::{
        deployment::DeploymentId,
        encryption::Keys,
        id::InvocationId,
        sealed::description,
        target::{Object, Target},
        trace::Trace,
    },
    store::{AwaitingEntry, Caller, Phase, StoredFailure, StoredInvocation, TimerKind},
};

/// An invocation from the columns that `SqliteStore::invocations` selects. Its awaiters are in
/// another table.
pub(super) fn read_invocation(row: &Row<'_>) -> rusqlite::Result<StoredInvocation> {
    let text = |index| row.get::<_, String>(index);
    let caller = match row.get::<_, Option<u32>>(8)? {
        Some(completion) => {
            Some(Caller { id: id_at(row, 5)?, completion, entry: AwaitingEntry::Call })
        }
        None => None,
    };
    let phase = match row.get(11)? {
        0 => Phase::Scheduled,
        1 => Phase::Ready,
        2 => Phase::Suspended(row.get::<_, Vec<u8>>(12)?.into()),
        _ => Phase::Paused,
    };
    Ok(StoredInvocation {
        id: full_id_at(row, 0)?,
        target: Target::new(text(1)?, text(2)?, text(3)?).within(scope_at(row, 14)?),
        idempotency_key: row.get::<_, Option<String>>(4)?.map(Into::into),
        limit_key: row.get::<_, Option<String>>(15)?.map(Into::into),
        caller,
        retained: row.get(9)?,
        deployment: deployment_at(row, 20)?,
        protocol: row.get(23)?,
        trace: trace_at(row, 21)?,
        random_seed: seed_at(row, 22)?,
        arrived: unsigned(row.get(10)?),
        phase,
        failure: failure_at(row, 17)?,
        encoding: None,
        parts: row.get::<_, Option<u32>>(13)?.unwrap_or(0),
        journal_bytes: row.get::<_, Option<i64>>(16)?.map_or(0, unsigned),
        awaiters: Vec::new(),
    })
}

/// The trace in a column of traces. One of an unknown form is not recorded any more.
fn trace_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Box<Trace>>> {
    let bytes = row.get_ref(index)?.as_blob_or_null()?;
    Ok(bytes.and_then(Trace::from_bytes).map(Box::new))
}

/// The id in a column of deployments.
pub(super) fn deployment_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<DeploymentId>> {
    let id = row.get_ref(index)?.as_str_or_null()?.map(str::parse).transpose();
    id.map_err(|source| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(source))
    })
}

/// The seed in a column of seeds, which may have the sign bit set.
pub(super) fn seed_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(unsigned))
}

/// The failure in a column of errors and the columns of steps and numbers after it.
fn failure_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Box<StoredFailure>>> {
    let Some(error) = row.get::<_, Option<String>>(index)? else { return Ok(None) };
    let attempt = row.get::<_, Option<u32>>(index + 2)?.unwrap_or(0);
    Ok(Some(Box::new(StoredFailure { error, step: row.get(index + 1)?, attempt })))
}

/// The result in a column of values and the column of failures after it.
pub(super) fn result_at(
    row: &Row<'_>,
    index: usize,
    keys: &Keys,
    owner: Owner<'_>,
) -> rusqlite::Result<OutputResult> {
    if let Some(failure) = row.get::<_, Option<Vec<u8>>>(index + 1)? {
        if let (Keys::Withheld, Some(message)) = (keys, description(&failure)) {
            return Ok(OutputResult::Failure(Failure { message, ..Failure::default() }));
        }
        let failure = opened(keys, Place::Failure(owner), failure)?;
        let failure = Failure::decode(failure).map_err(|source| {
            rusqlite::Error::FromSqlConversionFailure(index + 1, Type::Blob, Box::new(source))
        })?;
        return Ok(OutputResult::Failure(failure));
    }
    let value = row.get::<_, Option<Vec<u8>>>(index)?.unwrap_or_default();
    Ok(OutputResult::Value(opened(keys, Place::Output(owner), value)?.into()))
}

/// The encoding that a column names by its content type, if it does.
pub(super) fn encoding_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Encoding>> {
    let content_type: Option<String> = row.get(index)?;
    let all = [Encoding::Json, Encoding::Proto, Encoding::Raw];
    Ok(all.into_iter().find(|one| content_type.as_deref() == Some(one.content_type())))
}

/// A result as the columns of values and failures hold it.
pub(super) fn parts(result: &OutputResult) -> (Option<&[u8]>, Option<&Failure>) {
    match result {
        OutputResult::Value(value) => (Some(&*value.content), None),
        OutputResult::Failure(failure) => (None, Some(failure)),
    }
}

/// The id in a column of full ids.
pub(super) fn full_id_at(row: &Row<'_>, index: usize) -> rusqlite::Result<InvocationId> {
    row.get_ref(index)?.as_str()?.parse().map_err(|source| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(source))
    })
}

/// The id in a column of orders and the columns of partition keys and nonces after it.
pub(super) fn id_at(row: &Row<'_>, index: usize) -> rusqlite::Result<InvocationId> {
    let number = |index| row.get(index).map(unsigned);
    Ok(InvocationId::new(number(index)?, number(index + 1)?, number(index + 2)?))
}

/// The scope in a column in which the empty text means none: columns of a primary key are not NULL.
pub(super) fn scope_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Arc<str>>> {
    let scope: String = row.get(index)?;
    Ok((!scope.is_empty()).then(|| scope.into()))
}

pub(super) fn scope(object: &Object) -> &str {
    object.scope.as_deref().unwrap_or_default()
}

pub(super) fn timer_kind(kind: TimerKind) -> (u8, u32) {
    match kind {
        TimerKind::Release => (0, 0),
        TimerKind::Sleep(completion) => (1, completion),
        TimerKind::Expire => (2, 0),
        TimerKind::ForgetJournal => (3, 0),
    }
}

pub(super) fn order(id: InvocationId) -> i64 {
    signed(id.order())
}

pub(super) fn partition_key(id: InvocationId) -> i64 {
    id.partition_key().cast_signed()
}

pub(super) fn nonce(id: InvocationId) -> i64 {
    id.nonce().cast_signed()
}

/// A time or an order as SQLite's signed integer. Real ones are below 2^63; a time beyond that
/// means never, as the largest integer does.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    number.cast_unsigned()
}
