//! A case of the micro-benchmarks.

/// Code to measure.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    name: &'static str,
    times: usize,
    prepare: fn() -> Run,
}

/// The measured code, to be called once. Values that it keeps are dropped with it, unmeasured.
pub type Run = Box<dyn FnMut()>;

/// A run of `work` that keeps its result, so that dropping it is not measured.
pub(crate) fn keeping<T: 'static>(mut work: impl FnMut() -> T + 'static) -> Run {
    let mut kept = Vec::with_capacity(1);
    Box::new(move || kept.push(work()))
}

impl Case {
    /// A case that does one thing.
    pub(crate) const fn new(name: &'static str, prepare: fn() -> Run) -> Self {
        Self { name, times: 1, prepare }
    }

    /// Sets how many times a run repeats the operation.
    pub(crate) const fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Its name, such as `machine/start`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many times a run repeats the operation.
    pub fn repetitions(&self) -> usize {
        self.times
    }

    /// Prepares one run.
    pub fn prepare(&self) -> Run {
        (self.prepare)()
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
