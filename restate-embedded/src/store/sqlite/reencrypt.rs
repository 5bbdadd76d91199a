//! Encrypts again what is stored, after encryption was switched on or a key was replaced.

use rusqlite::{Row, params_from_iter, types::Value};
use tracing::info;

use super::{
    SqliteStore,
    columns::unsigned,
    sealing::{COLUMNS, Owner, PROBE, Place, encrypt_failed, opened},
};
use crate::{
    model::{encryption::Keys, sealed::prefix, target::Object},
    store::PromiseName,
};

/// Values that are encrypted in one commit.
const BATCH: usize = 500;

/// A value that does not have the current key, and the primary key of its row.
struct FormerValue {
    row: Vec<Value>,
    stored: Vec<u8>,
}

impl SqliteStore {
    /// Encrypts all values with the current key that are not, and removes from the file what they were.
    /// Returns how many there were.
    pub(super) fn encrypt_all(&self) -> rusqlite::Result<u64> {
        let Keys::Present(encryption) = &self.keys else { return Ok(0) };
        let probe = encryption.encrypt(PROBE, &Place::Probe.bytes()).map_err(encrypt_failed)?;
        let current = prefix(&probe.key_id).unwrap_or_default();
        let mut count = 0;
        for (table, keys, column) in COLUMNS {
            let mut after = None;
            loop {
                let found = self.without_key(table, keys, column, &current, after.as_deref())?;
                let Some(last) = found.last() else { break };
                after = Some(last.row.clone());
                count += found.len() as u64;
                self.connection.execute_batch("BEGIN IMMEDIATE")?;
                found.into_iter().try_for_each(|it| self.encrypt_again(table, keys, column, it))?;
                self.connection.execute_batch("COMMIT")?;
            }
        }
        if count > 0 {
            // Free pages would still have the former values.
            self.connection.execute_batch("VACUUM")?;
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        info!(values = count, "encrypted again with the current key");
        Ok(count)
    }

    fn without_key(
        &self,
        table: &str,
        keys: &[&str],
        column: &str,
        current: &[u8],
        after: Option<&[Value]>,
    ) -> rusqlite::Result<Vec<FormerValue>> {
        let names = keys.join(", ");
        let start = match after {
            Some(after) => format!("({names}) > ({}) AND", marks(after.len(), 2)),
            None => String::new(),
        };
        let sql = format!(
            "SELECT {names}, {column} FROM {table} \
             WHERE {start} substr({column}, 1, length(?1)) <> ?1 ORDER BY {names} LIMIT {BATCH}"
        );
        let first = [Value::Blob(current.to_vec())];
        let parameters = first.iter().chain(after.into_iter().flatten());
        let read = |row: &Row<'_>| {
            let key: rusqlite::Result<_> = (0..keys.len()).map(|index| row.get(index)).collect();
            Ok(FormerValue { row: key?, stored: row.get(keys.len())? })
        };
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.query_map(params_from_iter(parameters), read)?.collect()
    }

    fn encrypt_again(
        &self,
        table: &str,
        keys: &[&str],
        column: &str,
        FormerValue { row, stored }: FormerValue,
    ) -> rusqlite::Result<()> {
        let sealed = at_place(column, &row, |place| {
            let value = opened(&self.keys, place, stored)?;
            self.sealed(place, &value).map(|sealed| sealed.into_owned())
        })?;
        let sql = format!(
            "UPDATE {table} SET {column} = ?1 WHERE ({}) = ({})",
            keys.join(", "),
            marks(row.len(), 2)
        );
        let parameters = [Value::Blob(sealed)].into_iter().chain(row);
        self.connection.prepare_cached(&sql)?.execute(params_from_iter(parameters)).map(drop)
    }
}

/// Numbered parameters, such as `?2, ?3`.
fn marks(count: usize, first: usize) -> String {
    (first..first + count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ")
}

/// Calls `with` for the place of a value, given its column and the primary key of its row.
fn at_place<T>(column: &str, row: &[Value], with: impl FnOnce(Place<'_>) -> T) -> T {
    let owner_place = |owner| match column {
        "failure" => Place::Failure(owner),
        _ => Place::Output(owner),
    };
    match row {
        [Value::Integer(order)] if column == "input" => with(Place::Input(unsigned(*order))),
        [Value::Text(id)] => with(Place::Headers(id)),
        [Value::Integer(order)] => with(owner_place(Owner::Invocation(unsigned(*order)))),
        [Value::Integer(order), Value::Integer(part)] => {
            with(Place::Frames(unsigned(*order), u32::try_from(*part).unwrap_or(u32::MAX)))
        }
        [Value::Text(service), Value::Text(key), Value::Text(scope), name] => {
            let scope = (!scope.is_empty()).then(|| scope.as_str().into());
            let object = Object::new(service.clone(), key.as_str()).within(scope);
            match name {
                Value::Text(name) => {
                    let promise = PromiseName { object, name: name.clone() };
                    with(owner_place(Owner::Promise(&promise)))
                }
                Value::Blob(name) => with(Place::State(&object, name)),
                _ => with(Place::State(&object, b"")),
            }
        }
        // No table has another primary key.
        _ => with(Place::Probe),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{
        super::sealing::tests::{open, with},
        *,
    };
    use crate::{
        model::{id::InvocationId, target::Target},
        store::{Reads as _, Store as _, StoredInvocation, Write},
    };

    #[test]
    fn more_values_than_one_batch_get_the_current_key() {
        const VALUES: usize = 2 * BATCH + 1;

        let directory = tempfile::tempdir().unwrap();
        let object = Object::new("Service", "key");
        let id = InvocationId::new(1, 2, 3);
        let name = |number: usize| Bytes::from(format!("name {number}"));
        let mut store = open(&directory, with(&["old"])).unwrap();
        let invocation = Box::new(StoredInvocation::new(id, Target::new("Service", "run", "")));
        store.apply(Write::Create { invocation, input: Bytes::from_static(b"input") }).unwrap();
        for number in 0..VALUES {
            let (object, name, value) = (object.clone(), name(number), name(number));
            store.apply(Write::SetState { object, name, value }).unwrap();
            let part = u32::try_from(number).unwrap();
            store.apply(Write::Append { id, part, frames: Bytes::from_static(b"frames") }).unwrap();
        }
        store.commit().unwrap();
        drop(store);

        let store = open(&directory, with(&["new", "old"])).unwrap();
        assert_eq!(store.encrypt_all().unwrap(), 2 * VALUES as u64 + 1);
        assert_eq!(store.encrypt_all().unwrap(), 0, "all have the current key");
        drop(store);

        let mut store = open(&directory, with(&["new"])).unwrap();
        for number in [0, BATCH - 1, BATCH, VALUES - 1] {
            let value = store.value(&object, &name(number)).unwrap();
            assert_eq!(value, Some(name(number)));
        }
        let journal = store.journal(id, u32::MAX).unwrap();
        assert_eq!(journal[0], "input");
        assert!(journal.len() == VALUES + 1 && journal[1..].iter().all(|part| part == "frames"));
    }
}
