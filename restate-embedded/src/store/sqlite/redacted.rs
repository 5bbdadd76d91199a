//! The services whose values people must not see.

use std::collections::BTreeSet;

use super::{OpenError, SqliteStore};

impl SqliteStore {
    /// Writes down which of the bound services have `redacted` fields and which are `open`. Returns all that
    /// have them, with those that earlier runs have written down.
    pub(crate) fn update_redacted<'s>(
        &self,
        redacted: impl Iterator<Item = &'s str>,
        open: impl Iterator<Item = &'s str>,
    ) -> Result<BTreeSet<String>, OpenError> {
        for service in redacted {
            self.execute("INSERT OR IGNORE INTO redacted_service (name) VALUES (?1)", &[&service])?;
        }
        for service in open {
            self.execute("DELETE FROM redacted_service WHERE name = ?1", &[&service])?;
        }
        let names = self.query("SELECT name FROM redacted_service", &[], |row| row.get(0))?;
        Ok(names.into_iter().collect())
    }
}
