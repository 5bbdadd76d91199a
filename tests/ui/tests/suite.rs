//! Programs that must not compile, with what the compiler says of them, and programs that must.
//!
//! `TRYBUILD=overwrite cargo test -p restate-ui` writes the messages anew; read each as a user
//! would before it is committed.

#[test]
fn mistakes_do_not_compile_and_legal_programs_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*.rs");
    cases.pass("pass/*.rs");
}
