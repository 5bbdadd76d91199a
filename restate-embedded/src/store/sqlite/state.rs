//! State of objects in its table.

use bytes::Bytes;
use rusqlite::{Row, params};

use super::{
    SqliteStore,
    columns::{scope, signed, unsigned},
    sealing::{Place, opened},
};
use crate::model::target::Object;

impl SqliteStore {
    /// The state of an object, unless it is larger than `limit`.
    pub(super) fn state_rows(
        &self,
        object: &Object,
        limit: u64,
    ) -> rusqlite::Result<Option<Vec<(Bytes, Bytes)>>> {
        // The length of a value is known without reading it. A long one is not read, and is NULL.
        let sql = "SELECT name, iif(length(value) <= ?4, value, NULL) FROM state \
                   WHERE service = ?1 AND key = ?2 AND scope = ?3 ORDER BY name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows =
            statement.query(params![object.service, &*object.key, scope(object), signed(limit)])?;
        let (mut state, mut size) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let (name, value): (Vec<u8>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?);
            let Some(value) = value else { return Ok(None) };
            size += (name.len() + value.len()) as u64;
            if size > limit {
                return Ok(None);
            }
            let value = opened(&self.keys, Place::State(object, &name), value)?;
            state.push((name.into(), value));
        }
        Ok(Some(state))
    }

    /// The length of all names and values, but for those of one name.
    pub(super) fn stored_size(&self, object: &Object, without: &[u8]) -> rusqlite::Result<u64> {
        let sql = "SELECT ifnull(sum(length(name) + length(value)), 0) FROM state \
                   WHERE service = ?1 AND key = ?2 AND scope = ?3 AND name <> ?4";
        let size = |row: &Row<'_>| row.get(0).map(unsigned);
        self.query(sql, params![object.service, &*object.key, scope(object), without], size)
            .map(|found| found.into_iter().sum())
    }
}
