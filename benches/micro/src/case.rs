//! What a case is.

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
pub(crate) fn keeping<T: 'static>(mut work: impl FnMut() -> T + 'static) -> Run {
    let mut kept = Vec::with_capacity(1);
    Box::new(move || kept.push(work()))
}

impl Case {
    /// A case that is measured as a whole.
    pub(crate) const fn new(name: &'static str, prepare: fn() -> Run) -> Self {
        Self { name, times: 1, prepare }
    }

    /// As often as a run does what the case is about.
    pub(crate) const fn times(self, times: usize) -> Self {
        Self { times, ..self }
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
