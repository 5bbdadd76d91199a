//! Journals, read by the engine's thread or by another one.

use std::path::PathBuf;

use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, Row, params, types::ToSql};

use super::{
    columns::order,
    sealing::{Place, opened},
};
use crate::{
    model::{encryption::Keys, id::InvocationId},
    store::{JournalReader, StoreError},
};

/// The input of an invocation, and the first parts of its journal.
pub(super) fn read(
    connection: &Connection,
    keys: &Keys,
    id: InvocationId,
    parts: u32,
) -> rusqlite::Result<Vec<Bytes>> {
    let query =
        |sql: &str, params: &[&dyn ToSql], read: &dyn Fn(&Row<'_>) -> rusqlite::Result<Bytes>| {
            connection.prepare_cached(sql)?.query_map(params, read)?.collect()
        };
    let mut frames: Vec<Bytes> = query(
        "SELECT input FROM invocation WHERE id = ?1 UNION ALL \
         SELECT input FROM completed WHERE id = ?1 AND input IS NOT NULL",
        params![order(id)],
        &|row| opened(keys, Place::Input(id.order()), row.get(0)?),
    )?;
    if parts > 0 {
        let more: rusqlite::Result<Vec<Bytes>> = query(
            "SELECT frames, part FROM journal WHERE invocation = ?1 AND part < ?2 ORDER BY part",
            params![order(id), parts],
            &|row| opened(keys, Place::Frames(id.order(), row.get(1)?), row.get(0)?),
        );
        frames.extend(more?);
    }
    Ok(frames)
}

/// Reads journals through a connection of its own, which does not wait for the engine's thread.
pub(super) struct SqliteReader {
    path: PathBuf,
    keys: Keys,
}

impl SqliteReader {
    pub(super) fn new(path: &str, keys: Keys) -> Self {
        Self { path: path.into(), keys }
    }
}

impl JournalReader for SqliteReader {
    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError> {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|connection| read(&connection, &self.keys, id, parts))
            .map_err(|source| StoreError::new("read a journal", source))
    }
}
