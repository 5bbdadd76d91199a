//! The cases of the micro-benchmarks. `benches/micro.rs` times them; `cargo xtask counts` counts their
//! instructions and allocations.
//!
//! Every run of a case executes the same code: inputs, ids and times are fixed.

mod case;
mod driver;
mod encoding;
mod machine;
// Generated code says nothing about itself.
#[allow(missing_docs, unreachable_pub, clippy::all)]
#[rustfmt::skip]
mod messages;
pub mod script;
mod store;

pub use case::{Case, Run};

/// All cases.
pub fn cases() -> impl Iterator<Item = Case> {
    [encoding::CASES, driver::CASES, machine::CASES, store::CASES].into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::cases;

    #[test]
    fn each_case_has_its_name_and_runs() {
        let mut names = HashSet::new();
        for case in cases() {
            assert!(names.insert(case.name()), "{case} is there twice");
            case.prepare()();
        }
    }
}
