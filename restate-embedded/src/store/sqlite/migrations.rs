use rusqlite::Connection;

use super::OpenError;

/// The version of a database that this engine writes.
const VERSION: usize = MIGRATIONS.len() + 1;

const SCHEMA: &str = include_str!("schema.sql");
const VIEWS: &str = include_str!("views.sql");

/// The statements that migrate each version to the next, from version 1 on.
const MIGRATIONS: [&str; 3] =
    [include_str!("1_to_2.sql"), include_str!("2_to_3.sql"), include_str!("3_to_4.sql")];

/// In the header of each database from version 4 on, as `schema.sql` writes it.
const APPLICATION_ID: i64 = 0x7273_7445;

/// Tables that each version has.
const TABLES: &str = "'invocation', 'completed', 'journal', 'awaiter', 'state', 'timer'";

/// Whether a file is empty, or a database of an engine. Does not write to it.
///
/// # Errors
///
/// When it belongs to another program.
pub(super) fn check_origin(connection: &Connection) -> Result<(), OpenError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let ours = match application {
        APPLICATION_ID => true,
        // Also of databases up to version 3.
        0 => match number("PRAGMA user_version")? {
            0 => number("SELECT count(*) FROM sqlite_schema")? == 0,
            1..=3 => {
                let sql = format!("SELECT count(*) FROM sqlite_schema WHERE name IN ({TABLES})");
                number(&sql)? == 6
            }
            _ => false,
        },
        _ => false,
    };
    if ours { Ok(()) } else { Err(OpenError::Foreign) }
}

/// Creates the tables of a new database, or migrates those of an earlier version.
///
/// Each migration is one transaction: whatever happens, the file has one of the versions.
///
/// # Errors
///
/// When the file was written by a newer version of the engine, or cannot be written.
pub(super) fn migrate(connection: &Connection) -> Result<(), OpenError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match usize::try_from(found) {
        Ok(0) => connection.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;"))?,
        Ok(version @ 1..=VERSION) => {
            for (migration, to) in MIGRATIONS[version - 1..].iter().zip(version + 1..) {
                let stamp = format!("PRAGMA user_version = {to};");
                connection.execute_batch(&format!("BEGIN; {migration} {stamp} COMMIT;"))?;
            }
        }
        _ => return Err(OpenError::Newer { found, supported: VERSION as i64 }),
    }
    connection.execute_batch(&format!("BEGIN; {VIEWS} COMMIT;"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rusqlite::{params, types::ValueRef};

    use super::*;
    use crate::{
        model::{id::InvocationId, randomness::Randomness},
        store::sqlite::columns::{nonce, order},
    };

    /// Schemas as they were released, in order.
    const RELEASED: [&str; 3] = [
        include_str!("versions/1.sql"),
        include_str!("versions/2.sql"),
        include_str!("versions/3.sql"),
    ];

    #[test]
    fn each_released_version_becomes_what_a_new_database_is() {
        let new = Connection::open_in_memory().unwrap();
        migrate(&new).unwrap();
        for (schema, version) in RELEASED.into_iter().zip(1..) {
            let old = Connection::open_in_memory().unwrap();
            old.execute_batch(schema).unwrap();
            migrate(&old).unwrap();
            assert_eq!(columns(&old), columns(&new), "from version {version}");
            migrate(&old).unwrap();
        }
    }

    /// SQLite 3.40, which Debian 12 has, finds NULL in other tables when it checks their integrity.
    #[test]
    fn rows_that_are_stored_in_their_primary_key_begin_with_it() {
        for schema in RELEASED.into_iter().chain([""]) {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(schema).unwrap();
            migrate(&connection).unwrap();
            let sql = "SELECT tables.name, columns.cid, columns.pk \
                       FROM pragma_table_list AS tables, pragma_table_info(tables.name) AS columns \
                       WHERE tables.wr AND columns.pk > 0";
            let mut statement = connection.prepare(sql).unwrap();
            let mut rows = statement.query([]).unwrap();
            let mut checked = 0;
            while let Some(row) = rows.next().unwrap() {
                let (table, position): (String, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
                assert_eq!(row.get::<_, i64>(2).unwrap(), position + 1, "{table}");
                checked += 1;
            }
            assert!(checked > 10, "{checked}");
        }
    }

    #[test]
    fn rows_survive_a_migration() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(RELEASED[0]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO completed (id, nonce, service, handler, key, output) \
                 VALUES (1000 << 15, 7, 'Greeter', 'greet', '', 'hello');
                 INSERT INTO invocation (id, nonce, service, handler, key, retained, phase, \
                 arrived, input) VALUES (2000 << 15, 8, 'Counter', 'add', 'k', 0, 3, 5, '')",
            )
            .unwrap();
        migrate(&connection).unwrap();
        let mut statement = connection
            .prepare("SELECT target || ' ' || status || ' ' || created FROM invocations")
            .unwrap();
        let rows: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(
            rows,
            [
                "Counter/k/add paused 1970-01-01T00:00:02.000Z",
                "Greeter/greet succeeded 1970-01-01T00:00:01.000Z"
            ]
        );
    }

    #[test]
    fn state_and_promises_of_version_2_are_in_no_scope() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(RELEASED[1]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO state VALUES ('Counter', 'k', 'total', '5');
                 INSERT INTO promise VALUES ('Signup', 'k', 'code', '42', NULL);
                 INSERT INTO promise_awaiter VALUES ('Signup', 'k', 'other', 7, 8, 9)",
            )
            .unwrap();
        migrate(&connection).unwrap();
        for (table, row) in [
            ("state", "Counter k  total 5"),
            ("promise", "Signup k  code 42"),
            ("promise_awaiter", "Signup k  other 7"),
        ] {
            let sql = format!("SELECT * FROM {table}");
            let found: String = connection
                .query_row(&sql, [], |row| {
                    let text = |index| {
                        row.get_ref(index).map(|value| match value {
                            ValueRef::Integer(number) => number.to_string(),
                            value => {
                                String::from_utf8_lossy(value.as_bytes().unwrap()).into_owned()
                            }
                        })
                    };
                    let cells: rusqlite::Result<Vec<_>> = (0..5).map(text).collect();
                    cells.map(|cells| cells.join(" "))
                })
                .unwrap();
            assert_eq!(found, row, "{table}");
        }
    }

    #[test]
    fn ids_of_version_3_are_written_as_the_engine_writes_them() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(RELEASED[2]).unwrap();
        let mut random = Randomness::seeded(7);
        let mut ids: Vec<_> =
            (0..100).map(|_| InvocationId::new(random.next() >> 1, 0, random.next())).collect();
        let extremes = [(0, 0), (1, 1), (2, 1 << 63), (u64::MAX >> 1, u64::MAX)];
        ids.extend(extremes.map(|(order, nonce)| InvocationId::new(order, 0, nonce)));
        for id in &ids {
            let sql = "INSERT INTO completed (id, nonce, service, handler, key, scope, completed_at) \
                       VALUES (?1, ?2, 'Greeter', 'greet', '', '', 5)";
            connection.execute(sql, params![order(*id), nonce(*id)]).unwrap();
        }
        migrate(&connection).unwrap();
        for id in ids {
            let sql = "SELECT full_id FROM completed WHERE id = ?1";
            let text: String = connection.query_row(sql, [order(id)], |row| row.get(0)).unwrap();
            assert_eq!(text, id.to_string());
        }
    }

    #[test]
    fn databases_of_each_version_and_empty_files_are_accepted() {
        for schema in RELEASED.into_iter().chain([SCHEMA, ""]) {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(schema).unwrap();
            check_origin(&connection).unwrap();
            migrate(&connection).unwrap();
            let id: i64 =
                connection.query_row("PRAGMA application_id", [], |row| row.get(0)).unwrap();
            assert_eq!(id, APPLICATION_ID);
            check_origin(&connection).unwrap();
        }
    }

    #[test]
    fn files_of_other_programs_are_refused() {
        for schema in [
            "CREATE TABLE t (x)",
            "PRAGMA user_version = 3",
            "PRAGMA user_version = 4; CREATE TABLE invocation (x)",
            "PRAGMA user_version = 2; CREATE TABLE invocation (x); CREATE TABLE timer (x)",
            "PRAGMA application_id = 7",
        ] {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(schema).unwrap();
            assert!(matches!(check_origin(&connection), Err(OpenError::Foreign)), "{schema}");
        }
    }

    #[test]
    fn a_newer_version_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        assert!(matches!(migrate(&connection), Err(OpenError::Newer { found: 999, .. })));
    }

    /// Tables and their columns.
    fn columns(connection: &Connection) -> BTreeSet<String> {
        let sql = "SELECT tables.name || '.' || columns.name || ' ' || columns.type \
                   FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}
