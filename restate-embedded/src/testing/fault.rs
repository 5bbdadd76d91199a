use std::{fmt, time::Duration};

use restate_core::TerminalError;

/// Something that goes wrong in a test, at a step of a handler or at a commit of the engine.
///
/// It goes wrong once, unless [`times`](Self::times) or [`always`](Self::always) says otherwise.
///
/// ```
/// use std::{fmt, time::Duration};
/// use restate_core::TerminalError;
/// use restate_embedded::testing::Fault;
///
/// Fault::run("charge").error("the card service is down").times(3);
/// Fault::run("charge").fail(TerminalError::new("the card is blocked")).of("Shop/checkout");
/// Fault::nth_run(2).slow(Duration::from_secs(3600));
/// Fault::run("charge").crash_before_commit();
/// Fault::call("Stock/reserve").crash_after_commit();
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) place: Place,
    pub(super) effect: Effect,
    pub(super) handler: Option<String>,
    /// How often it is yet to happen.
    pub(super) left: u32,
}

/// Where something goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Run(String),
    NthRun(usize),
    Call(String),
    Entry(usize),
    Commit(u32),
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Error(String),
    Fail(TerminalError),
    Slow(Duration),
    CrashBefore,
    CrashAfter,
}

impl Fault {
    /// At the `run` closures with this name.
    pub fn run(name: impl Into<String>) -> FaultyRun {
        FaultyRun { place: Place::Run(name.into()) }
    }

    /// At the `run` closure with this number among those of its invocation, from 0.
    pub fn nth_run(number: usize) -> FaultyRun {
        FaultyRun { place: Place::NthRun(number) }
    }

    /// When a call, in any of its forms, of `Service/handler` is stored.
    ///
    /// What a call answers is the callee's affair: bind one that fails.
    pub fn call(handler: impl Into<String>) -> FaultyCommit {
        FaultyCommit { place: Place::Call(handler.into()) }
    }

    /// When the journal entry with this index is stored, as a [`Recording`](super::Recording)
    /// lists them; the input is 0.
    pub fn entry(index: usize) -> FaultyCommit {
        FaultyCommit { place: Place::Entry(index) }
    }

    /// At the commit of the engine with this number, from 0.
    pub fn commit(number: u32) -> FaultyCommit {
        FaultyCommit { place: Place::Commit(number) }
    }

    /// Only in this handler, as `Shop/checkout`.
    #[must_use]
    pub fn of(mut self, handler: impl Into<String>) -> Self {
        self.handler = Some(handler.into());
        self
    }

    /// So often, and then not any more. A crash ends the engine: it happens again after a
    /// [restart](super::TestEngine::restart).
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }

    /// Each time.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    pub(super) fn crashes(&self) -> bool {
        matches!(self.effect, Effect::CrashBefore | Effect::CrashAfter)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.effect {
            Effect::Error(message) => write!(f, "error `{message}` at {}", self.place),
            Effect::Fail(error) => write!(f, "failure `{error}` at {}", self.place),
            Effect::Slow(duration) => write!(f, "{duration:?} before {}", self.place),
            Effect::CrashBefore => write!(f, "before {} was stored", self.place),
            Effect::CrashAfter => write!(f, "after {} was stored", self.place),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(name) => write!(f, "run `{name}`"),
            Self::NthRun(number) => write!(f, "run {number}"),
            Self::Call(handler) => write!(f, "call of {handler}"),
            Self::Entry(index) => write!(f, "entry {index}"),
            Self::Commit(number) => write!(f, "commit {number}"),
        }
    }
}

/// A `run` closure that something is to go wrong with.
#[must_use = "say what goes wrong"]
#[derive(Clone, Debug)]
pub struct FaultyRun {
    place: Place,
}

impl FaultyRun {
    /// The closure is not executed, and fails with an error that is not terminal: it is retried.
    pub fn error(self, message: impl Into<String>) -> Fault {
        at(self.place, Effect::Error(message.into()))
    }

    /// The closure is not executed, and fails for good.
    pub fn fail(self, error: TerminalError) -> Fault {
        at(self.place, Effect::Fail(error))
    }

    /// The closure is executed only after so much of the test's time.
    pub fn slow(self, duration: Duration) -> Fault {
        at(self.place, Effect::Slow(duration))
    }

    /// The closure was executed, and the engine dies before its result is stored.
    pub fn crash_before_commit(self) -> Fault {
        at(self.place, Effect::CrashBefore)
    }

    /// The engine dies right after the result of the closure is stored.
    pub fn crash_after_commit(self) -> Fault {
        at(self.place, Effect::CrashAfter)
    }
}

/// A commit of the engine that it does not survive.
#[must_use = "say when the engine dies"]
#[derive(Clone, Debug)]
pub struct FaultyCommit {
    place: Place,
}

impl FaultyCommit {
    /// The engine dies, and nothing of the commit is stored.
    pub fn crash_before_commit(self) -> Fault {
        at(self.place, Effect::CrashBefore)
    }

    /// The engine dies, and all of the commit is stored, but nothing that follows from it is done.
    pub fn crash_after_commit(self) -> Fault {
        at(self.place, Effect::CrashAfter)
    }
}

fn at(place: Place, effect: Effect) -> Fault {
    Fault { place, effect, handler: None, left: 1 }
}
