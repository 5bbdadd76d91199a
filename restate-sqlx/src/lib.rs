//! Transactional steps: what a handler writes to your own database happens exactly once.
//!
//! A step of [`ctx.run`](restate::Context::run) can be repeated, if the process dies after its effect and
//! before its result is in the journal. A transactional step cannot: its writes and its result commit in
//! one transaction of your database, and every later attempt finds the result there.
//!
//! ```
//! use restate::{Context, HandlerResult, TerminalError};
//! use restate_sqlx::Transactions as _;
//! use sqlx::{PgPool, query};
//!
//! struct Bank {
//!     pool: PgPool,
//! }
//!
//! impl Bank {
//!     async fn deposit(&self, ctx: Context<'_>, account: String, cents: i64) -> HandlerResult<i64> {
//!         let deposit = ctx.transaction(&self.pool, async move |tx| {
//!             query("INSERT INTO deposits (account, cents) VALUES ($1, $2)")
//!                 .bind(&account)
//!                 .bind(cents)
//!                 .execute(&mut *tx)
//!                 .await?;
//!             let changed = query("UPDATE accounts SET cents = cents + $2 WHERE account = $1")
//!                 .bind(&account)
//!                 .bind(cents)
//!                 .execute(&mut *tx)
//!                 .await?;
//!             if changed.rows_affected() == 0 {
//!                 // Rolls back: the deposit above is not there.
//!                 return Err(TerminalError::not_found(format!("no account {account}")).into());
//!             }
//!             Ok(cents)
//!         });
//!         Ok(deposit.name("deposit").await?)
//!     }
//! }
//! ```
//!
//! [`migrate`] creates the table `restate_steps` when the program starts; [`schema`] has its SQL for teams
//! that run their own migrations. [`delete_steps`] deletes old rows.
//!
//! # What happens when
//!
//! - **The closure succeeds**: its result is added to `restate_steps`, the transaction commits, and the
//!   result is written to the journal.
//! - **The process dies**, or the connection is lost: the next attempt looks for the step in
//!   `restate_steps`. It finds the result, or it executes the closure again.
//! - **The closure fails with a [`TerminalError`](restate::TerminalError)**: the transaction is rolled back, and the error
//!   is the result of the step.
//! - **It fails with any other error**: the transaction is rolled back, and the step is retried, as
//!   [`retry_policy`](TransactionStep::retry_policy) says. After a serialization failure or a deadlock,
//!   and when SQLite is busy, it is first repeated at once, at most 10 times.
//! - **The database cannot be reached, no connection is free, or the table is missing**: the step is
//!   retried, and engines show the [`StepError`], which says what to do.
//!
//! # Rules
//!
//! - Write with the connection that the closure receives. Writes through the pool are not a part of the
//!   transaction. The closure is `'static`, so a pool in `self` cannot be used in it, and neither can a
//!   context. `#[handlers]` reports clones of the pool.
//! - The closure may be called several times. What it does besides its transaction may be repeated.
//! - Do not execute `COMMIT` or `ROLLBACK`. Savepoints are fine: `tx.begin()`.
//! - A step that is cancelled, or whose retries are exhausted, may have committed. What undoes it should do
//!   nothing if it has not.
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `postgres` | `sqlx::Postgres` as a [`StepDatabase`] |
//! | `sqlite` | `sqlx::Sqlite` as a [`StepDatabase`] |
//!
//! TLS and types of columns are features of `sqlx`, which your program depends on as well.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod begin;
mod database;
mod error;
mod perform;
#[cfg(feature = "postgres")]
mod postgres;
pub mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod step;
mod tables;
mod transaction;
mod transactions;

pub use database::StepDatabase;
pub use error::StepError;
pub use tables::{delete_steps, migrate};
pub use transaction::TransactionStep;
pub use transactions::Transactions;

/// The version of the tables that this crate needs.
const VERSION: i32 = 1;
