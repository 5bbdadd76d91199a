//! Transactional steps in SQLite and PostgreSQL: the same tests for both.

#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]
#![allow(clippy::duplicate_mod, reason = "each database has the same tests")]

mod sqlite {
    mod busy;
    mod database;

    #[path = "../bank.rs"]
    mod bank;
    #[path = "../conflicts.rs"]
    mod conflicts;
    #[path = "../crashes.rs"]
    mod crashes;
    #[path = "../kills.rs"]
    mod kills;
    #[path = "../outcomes.rs"]
    mod outcomes;
    #[path = "../pools.rs"]
    mod pools;
    #[path = "../tables.rs"]
    mod tables;
}

mod postgres {
    mod database;
    mod down;
    mod isolation;
    mod lost;

    #[path = "../bank.rs"]
    mod bank;
    #[path = "../conflicts.rs"]
    mod conflicts;
    #[path = "../crashes.rs"]
    mod crashes;
    #[path = "../kills.rs"]
    mod kills;
    #[path = "../outcomes.rs"]
    mod outcomes;
    #[path = "../pools.rs"]
    mod pools;
    #[path = "../tables.rs"]
    mod tables;
}
