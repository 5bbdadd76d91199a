//! What a transactional step costs: against the bare transaction, and against a plain step with it.
//!
//! `cargo run --release -p restate-sqlx-tests --example cost`, on an otherwise idle machine.
//!
//! Rounds of each kind alternate, and medians are compared. The bare transaction runs without an engine. The
//! steps are those of one invocation, on an engine that syncs its journal, so that they show the price of
//! durability; the plain step has the same.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on must fail, and measures time"
)]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use restate::{Context, Engine, HandlerResult};
use restate_sqlx::{Transactions as _, migrate};
use restate_tests::postgres::Postgres;
use sqlx::{
    PgPool, SqlitePool, query, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

/// Transactions in a round, and rounds of each kind.
const ROUND: u32 = 100;
const ROUNDS: usize = 15;

/// The most that a transactional step may cost, in plain steps.
const LIMIT: f64 = 1.3;

macro_rules! measurement {
    ($name:ident, $pool:ty, $connection:ty, $begin:expr) => {
        mod $name {
            use super::*;

            /// Makes this many steps.
            #[restate::service]
            pub trait Cost {
                async fn plain(&self, ctx: Context<'_>, steps: u32) -> HandlerResult<()>;
                async fn transactional(&self, ctx: Context<'_>, steps: u32) -> HandlerResult<()>;
            }

            struct InPool($pool);

            impl Cost for InPool {
                async fn plain(&self, ctx: Context<'_>, steps: u32) -> HandlerResult<()> {
                    for _ in 0..steps {
                        ctx.run(|| bare(&self.0)).await?;
                    }
                    Ok(())
                }

                async fn transactional(&self, ctx: Context<'_>, steps: u32) -> HandlerResult<()> {
                    for _ in 0..steps {
                        ctx.transaction(&self.0, async |tx| write(tx).await).await?;
                    }
                    Ok(())
                }
            }

            async fn bare(pool: &$pool) -> HandlerResult<()> {
                let mut tx = pool.begin_with($begin).await?;
                write(&mut tx).await?;
                Ok(tx.commit().await?)
            }

            /// A transfer: three statements.
            async fn write(tx: &mut $connection) -> HandlerResult<()> {
                let update = "UPDATE accounts SET cents = cents + $1 WHERE name = $2";
                query("INSERT INTO bookings VALUES ($1)").bind(1).execute(&mut *tx).await?;
                query(update).bind(-1).bind("ann").execute(&mut *tx).await?;
                query(update).bind(1).bind("ben").execute(&mut *tx).await?;
                Ok(())
            }

            /// The medians of a bare transaction, a plain step and a transactional step.
            pub async fn measure(pool: $pool) -> [Duration; 3] {
                migrate(&pool).await.unwrap();
                let tables = "CREATE TABLE accounts (name TEXT PRIMARY KEY, cents BIGINT NOT NULL);
                    CREATE TABLE bookings (number BIGINT NOT NULL);
                    INSERT INTO accounts VALUES ('ann', 0), ('ben', 0)";
                raw_sql(tables).execute(&pool).await.unwrap();
                let directory = tempfile::tempdir().unwrap();
                let engine = Engine::builder()
                    .bind(CostServer::new(InPool(pool.clone())))
                    .data_dir(directory.path())
                    .start()
                    .await
                    .unwrap();
                let client = CostClient::new(engine.client());
                let mut times = [(); 3].map(|()| Vec::new());
                for _ in 0..=ROUNDS {
                    let started = Instant::now();
                    for _ in 0..ROUND {
                        bare(&pool).await.unwrap();
                    }
                    times[0].push(started.elapsed() / ROUND);
                    let started = Instant::now();
                    client.plain(ROUND).await.unwrap();
                    times[1].push(started.elapsed() / ROUND);
                    let started = Instant::now();
                    client.transactional(ROUND).await.unwrap();
                    times[2].push(started.elapsed() / ROUND);
                }
                engine.run_until(std::future::ready(())).await.unwrap();
                times.map(|mut times| {
                    // The first round is for caches.
                    times.remove(0);
                    times.sort_unstable();
                    times[times.len() / 2]
                })
            }
        }
    };
}

measurement!(postgres, PgPool, sqlx::PgConnection, "BEGIN");
measurement!(sqlite, SqlitePool, sqlx::SqliteConnection, "BEGIN IMMEDIATE");

#[tokio::main]
async fn main() -> ExitCode {
    let server = tokio::task::spawn_blocking(Postgres::start_synced).await.unwrap();
    let in_postgres = postgres::measure(PgPool::connect(&server.url()).await.unwrap()).await;
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(directory.path().join("bank.sqlite"));
    let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let in_sqlite = sqlite::measure(SqlitePool::connect_with(options).await.unwrap()).await;
    println!("| | bare transaction | plain step | transactional step | of the plain one |");
    println!("|---|---|---|---|---|");
    let mut is_cheap = true;
    for (name, [bare, plain, step]) in [("PostgreSQL", in_postgres), ("SQLite", in_sqlite)] {
        let ratio = step.as_secs_f64() / plain.as_secs_f64();
        println!("| {name} | {bare:.0?} | {plain:.0?} | {step:.0?} | {ratio:.2} |");
        is_cheap &= ratio <= LIMIT;
    }
    if is_cheap {
        return ExitCode::SUCCESS;
    }
    eprintln!("a transactional step costs more than {LIMIT} plain ones");
    ExitCode::FAILURE
}
