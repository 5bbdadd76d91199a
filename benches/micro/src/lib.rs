//! The cases of the micro-benchmarks: `benches/micro.rs` times them, and `cargo xtask counts` counts
//! their instructions and allocations.
//!
//! A case does the same each time it is run: its input, its ids and its time are fixed.

mod driver;
mod encoding;
mod machine;
pub mod script;
mod store;

/// Something that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    name: &'static str,
    times: usize,
    prepare: fn() -> Run,
}

/// What is measured, to be called once. What it leaves behind is dropped with it, unmeasured.
pub type Run = Box<dyn FnMut()>;

/// A run of `work`. What that returns is dropped with the run.
fn keeping<T: 'static>(mut work: impl FnMut() -> T + 'static) -> Run {
    let mut kept = Vec::with_capacity(1);
    Box::new(move || kept.push(work()))
}

impl Case {
    /// A case that is measured as a whole.
    const fn new(name: &'static str, prepare: fn() -> Run) -> Self {
        Self { name, times: 1, prepare }
    }

    /// As often as a run does what the case is about.
    const fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// All cases.
    pub fn all() -> impl Iterator<Item = Self> {
        [encoding::CASES, driver::CASES, machine::CASES, store::CASES]
            .into_iter()
            .flatten()
            .copied()
    }

    /// What it is called, as `machine/start`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How often a run does what the case is about.
    pub fn repetitions(&self) -> usize {
        self.times
    }

    /// Makes everything ready for one run.
    pub fn prepare(&self) -> Run {
        (self.prepare)()
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Case;

    #[test]
    fn each_case_has_its_name_and_runs() {
        let mut names = HashSet::new();
        for case in Case::all() {
            assert!(names.insert(case.name()), "{case} is there twice");
            case.prepare()();
        }
    }
}
