//! What the tests of transactional steps share.

/// The page about them: its Rust code is compiled as documentation tests.
#[doc = include_str!("../../../docs/transactions.md")]
pub mod page {}
