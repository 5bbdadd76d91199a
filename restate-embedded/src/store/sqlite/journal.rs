//! Journals, read by the engine's thread or by another one.

use std::path::PathBuf;

use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, Row, params, types::ToSql};

use super::columns::order;
use crate::{
    model::id::InvocationId,
    store::{JournalReader, StoreError},
};

/// The input of an invocation, and the first parts of its journal.
pub(super) fn read(
    connection: &Connection,
    id: InvocationId,
    parts: u32,
) -> rusqlite::Result<Vec<Bytes>> {
    let query = |sql: &str, params: &[&dyn ToSql]| -> rusqlite::Result<Vec<Bytes>> {
        let bytes = |row: &Row<'_>| row.get(0).map(|bytes: Vec<u8>| Bytes::from(bytes));
        connection.prepare_cached(sql)?.query_map(params, bytes)?.collect()
    };
    let mut frames = query(
        "SELECT input FROM invocation WHERE id = ?1 UNION ALL \
         SELECT input FROM completed WHERE id = ?1 AND input IS NOT NULL",
        params![order(id)],
    )?;
    if parts > 0 {
        frames.extend(query(
            "SELECT frames FROM journal WHERE invocation = ?1 AND part < ?2 ORDER BY part",
            params![order(id), parts],
        )?);
    }
    Ok(frames)
}

/// Reads journals through a connection of its own, which does not wait for the engine's thread.
pub(super) struct SqliteReader {
    path: PathBuf,
}

impl SqliteReader {
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.into() }
    }
}

impl JournalReader for SqliteReader {
    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError> {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|connection| read(&connection, id, parts))
            .map_err(|source| StoreError::new("read a journal", source))
    }
}
