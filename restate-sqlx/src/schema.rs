//! The SQL that creates the tables, for teams that run their own migrations.
//!
//! The files are in the directory `sql` of this crate. Each may be executed repeatedly. A later version of
//! this crate that needs another schema has one more file for each database, which migrates the tables.

/// Version 1, for PostgreSQL 9.5 or later.
pub const POSTGRES: &str = include_str!("../sql/postgres.sql");

/// Version 1, for SQLite 3.38 or later.
pub const SQLITE: &str = include_str!("../sql/sqlite.sql");
