//! What the tests of transactional steps share: a Postgres server.
#![allow(clippy::panic, reason = "a test that panics has failed, and that is what it is for")]

use std::sync::{Arc, Mutex, PoisonError, Weak};

use restate_tests::postgres::Postgres;

/// The server of this process. It ends with the last test that has it, as nothing ends a `static`.
///
/// # Panics
///
/// If it does not start.
pub fn shared_postgres() -> Arc<Postgres> {
    static SERVER: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    server.upgrade().unwrap_or_else(|| {
        let started = Arc::new(Postgres::start());
        *server = Arc::downgrade(&started);
        started
    })
}

/// The page about transactional steps: its Rust code is compiled as documentation tests.
#[doc = include_str!("../../../docs/transactions.md")]
pub mod page {}
