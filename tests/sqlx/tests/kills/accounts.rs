//! The tables of the bank, in either database.

use restate::HandlerResult;
use sqlx::{
    PgConnection, PgPool, SqliteConnection, SqlitePool, postgres::PgPoolOptions, query, query_as,
    query_scalar, raw_sql, sqlite::SqliteConnectOptions,
};

/// What the name of a file of SQLite begins with.
const SQLITE: &str = "sqlite:";

/// What each account has at the beginning.
pub const CENTS: i64 = 1_000_000;
pub const NAMES: [&str; 4] = ["ann", "ben", "cem", "dora"];

/// A connection to the tables.
#[derive(Clone)]
pub enum Accounts {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// A change of an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting {
    pub number: i64,
    pub account: String,
    pub cents: i64,
}

/// Evaluates the same code for both databases.
macro_rules! on_either {
    ($accounts:expr, $pool:ident => $code:expr) => {
        match $accounts {
            Accounts::Postgres($pool) => $code,
            Accounts::Sqlite($pool) => $code,
        }
    };
}

impl Accounts {
    /// Tables behind a URL of Postgres, or in a file of SQLite: `sqlite:path`.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        Ok(match url.strip_prefix(SQLITE) {
            Some(path) => {
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
                let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
                Self::Sqlite(SqlitePool::connect_with(options).await?)
            }
            // A process may start while the server does.
            None => Self::Postgres(PgPoolOptions::new().max_connections(8).connect_lazy(url)?),
        })
    }

    pub async fn create(&self) {
        let create = "CREATE TABLE accounts (name TEXT PRIMARY KEY, cents BIGINT NOT NULL);
             CREATE TABLE postings (number BIGINT NOT NULL, account TEXT NOT NULL, cents BIGINT NOT NULL)";
        on_either!(self, pool => {
            restate_sqlx::migrate(pool).await.unwrap();
            raw_sql(create).execute(pool).await.unwrap();
            for name in NAMES {
                let insert = query("INSERT INTO accounts VALUES ($1, $2)").bind(name).bind(CENTS);
                insert.execute(pool).await.unwrap();
            }
        });
    }

    /// The number of postings.
    pub async fn count(&self) -> Result<i64, sqlx::Error> {
        let count = "SELECT count(*) FROM postings";
        on_either!(self, pool => query_scalar(count).fetch_one(pool).await)
    }

    /// The postings by number.
    pub async fn postings(&self) -> Result<Vec<Posting>, sqlx::Error> {
        let select = "SELECT number, account, cents FROM postings ORDER BY number, cents";
        let rows: Vec<(i64, String, i64)> =
            on_either!(self, pool => query_as(select).fetch_all(pool).await?);
        let posting = |(number, account, cents)| Posting { number, account, cents };
        Ok(rows.into_iter().map(posting).collect())
    }

    /// What the accounts have, by name.
    pub async fn balances(&self) -> Vec<(String, i64)> {
        let select = "SELECT name, cents FROM accounts ORDER BY name";
        on_either!(self, pool => query_as(select).fetch_all(pool).await.unwrap())
    }

    /// The number of steps that have committed.
    pub async fn steps(&self) -> i64 {
        let count = "SELECT count(*) FROM restate_steps";
        on_either!(self, pool => query_scalar(count).fetch_one(pool).await.unwrap())
    }

    /// The process ids of the connections of others, if processes serve them.
    pub async fn backends(&self) -> Result<Vec<i32>, sqlx::Error> {
        let select = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' \
                      AND pid <> pg_backend_pid() ORDER BY pid";
        match self {
            Self::Postgres(pool) => query_scalar(select).fetch_all(pool).await,
            Self::Sqlite(_) => Ok(Vec::new()),
        }
    }
}

const INSERT: &str = "INSERT INTO postings VALUES ($1, $2, $3)";
const UPDATE: &str = "UPDATE accounts SET cents = cents + $1 WHERE name = $2";

macro_rules! writes {
    ($name:ident, $connection:ty) => {
        impl Posting {
            /// Writes it, as a part of a transaction.
            pub async fn $name(&self, tx: &mut $connection) -> HandlerResult<()> {
                let Self { number, account, cents } = self;
                query(INSERT).bind(number).bind(account).bind(cents).execute(&mut *tx).await?;
                query(UPDATE).bind(cents).bind(account).execute(&mut *tx).await?;
                Ok(())
            }
        }
    };
}

writes!(to_postgres, PgConnection);
writes!(to_sqlite, SqliteConnection);
