//! Rules of limits in their table.

use std::num::NonZeroU32;

use rusqlite::{params, types::Type};

use super::{
    SqliteStore,
    columns::{signed, unsigned},
};
use crate::model::rules::Rule;

impl SqliteStore {
    pub(super) fn set_rule(&self, rule: &Rule) -> rusqlite::Result<()> {
        let Rule { pattern, concurrency, description, disabled, version, modified } = rule;
        self.execute(
            "INSERT OR REPLACE INTO rule \
             (pattern, concurrency, description, disabled, version, modified) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                pattern.as_str(),
                concurrency.map(NonZeroU32::get),
                description,
                disabled,
                version,
                signed(*modified)
            ],
        )
    }

    pub(super) fn stored_rules(&self) -> rusqlite::Result<Vec<Rule>> {
        let sql = "SELECT pattern, concurrency, description, disabled, version, modified \
                   FROM rule ORDER BY pattern";
        self.query(sql, &[], |row| {
            let pattern = row.get::<_, String>(0)?.parse().map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
            })?;
            Ok(Rule {
                pattern,
                concurrency: row.get::<_, Option<u32>>(1)?.and_then(NonZeroU32::new),
                description: row.get(2)?,
                disabled: row.get(3)?,
                version: row.get(4)?,
                modified: unsigned(row.get(5)?),
            })
        })
    }
}
