//! Timers in their table.

use rusqlite::params;

use super::{
    SqliteStore,
    columns::{id_at, signed, unsigned},
};
use crate::store::{Timer, TimerKind};

impl SqliteStore {
    /// Timers that are due in `from..until`, in order.
    pub(super) fn stored_timers(&self, from: u64, until: u64) -> rusqlite::Result<Vec<Timer>> {
        let sql = "SELECT invocation, partition_key, nonce, due, kind, entry FROM timer \
                   WHERE due >= ?1 AND due < ?2 ORDER BY due, invocation, kind, entry";
        self.query(sql, params![signed(from), signed(until)], |row| {
            let kind = match row.get(4)? {
                0 => TimerKind::Release,
                1 => TimerKind::Sleep(row.get(5)?),
                2 => TimerKind::Expire,
                _ => TimerKind::ForgetJournal,
            };
            Ok(Timer { due: unsigned(row.get(3)?), id: id_at(row, 0)?, kind })
        })
    }

    /// SQLite adds up the rows of each page, without reading them.
    pub(super) fn count_timers(&self) -> rusqlite::Result<u64> {
        let count = self.query("SELECT count(*) FROM timer", &[], |row| row.get(0))?;
        Ok(count.into_iter().map(unsigned).sum())
    }
}
