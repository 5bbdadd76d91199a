//! Mistakes that do not compile, and what the compiler says of them.
//!
//! `TRYBUILD=overwrite cargo test -p restate-tests --test ui` writes the messages anew; read each
//! as a user would before it is committed.

#[test]
fn mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
