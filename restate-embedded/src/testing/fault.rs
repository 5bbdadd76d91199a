use std::{fmt, time::Duration};

use restate_core::TerminalError;

/// A failure to inject in a test, at a step of a handler or at a commit of the engine.
///
/// It happens once, unless [`times`](Self::times) or [`always`](Self::always) says otherwise.
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
    pub(super) point: FaultPoint,
    pub(super) effect: Effect,
    pub(super) handler: Option<String>,
    /// How many times it still has to happen.
    pub(super) remaining: u32,
}

/// Where a fault happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaultPoint {
    Run(String),
    NthRun(usize),
    Call(String),
    Entry(usize),
    Commit(u32),
}

/// What a fault does.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Error(String),
    Fail(TerminalError),
    Slow(Duration),
    CrashBefore,
    CrashAfter,
}

impl Fault {
    /// A fault at the `run` closures with this name.
    pub fn run(name: impl Into<String>) -> FaultyRun {
        FaultyRun { point: FaultPoint::Run(name.into()) }
    }

    /// A fault at the `run` closure with this index among those of its invocation.
    pub fn nth_run(number: usize) -> FaultyRun {
        FaultyRun { point: FaultPoint::NthRun(number) }
    }

    /// A fault when a call of `Service/handler`, in any form, is stored.
    ///
    /// To let a call fail, bind a service that does.
    pub fn call(handler: impl Into<String>) -> FaultyCommit {
        FaultyCommit { point: FaultPoint::Call(handler.into()) }
    }

    /// A fault when the journal entry with this index is stored, as in a
    /// [`Recording`](super::Recording); the input has index 0.
    pub fn entry(index: usize) -> FaultyCommit {
        FaultyCommit { point: FaultPoint::Entry(index) }
    }

    /// A fault at the commit of the engine with this index.
    pub fn commit(number: u32) -> FaultyCommit {
        FaultyCommit { point: FaultPoint::Commit(number) }
    }

    /// Limits the fault to this handler, such as `Shop/checkout`.
    #[must_use]
    pub fn of(mut self, handler: impl Into<String>) -> Self {
        self.handler = Some(handler.into());
        self
    }

    /// Lets the fault happen this many times. A crash ends the engine: it happens again after a
    /// [restart](super::TestEngine::restart).
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.remaining = times;
        self
    }

    /// Lets the fault happen every time.
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
            Effect::Error(message) => write!(f, "error `{message}` at {}", self.point),
            Effect::Fail(error) => write!(f, "failure `{error}` at {}", self.point),
            Effect::Slow(duration) => write!(f, "{duration:?} before {}", self.point),
            Effect::CrashBefore => write!(f, "before {} was stored", self.point),
            Effect::CrashAfter => write!(f, "after {} was stored", self.point),
        }
    }
}

impl fmt::Display for FaultPoint {
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

/// A `run` closure at which a fault happens.
#[must_use = "choose what happens"]
#[derive(Clone, Debug)]
pub struct FaultyRun {
    point: FaultPoint,
}

impl FaultyRun {
    /// The closure fails without being executed, with an error that is retried.
    pub fn error(self, message: impl Into<String>) -> Fault {
        at(self.point, Effect::Error(message.into()))
    }

    /// The closure fails without being executed, with a terminal error.
    pub fn fail(self, error: TerminalError) -> Fault {
        at(self.point, Effect::Fail(error))
    }

    /// The closure is executed after this much virtual time.
    pub fn slow(self, duration: Duration) -> Fault {
        at(self.point, Effect::Slow(duration))
    }

    /// The engine crashes after the closure was executed, before its result is stored.
    pub fn crash_before_commit(self) -> Fault {
        at(self.point, Effect::CrashBefore)
    }

    /// The engine crashes right after the result of the closure is stored.
    pub fn crash_after_commit(self) -> Fault {
        at(self.point, Effect::CrashAfter)
    }
}

/// A commit at which the engine crashes.
#[must_use = "choose when the engine crashes"]
#[derive(Clone, Debug)]
pub struct FaultyCommit {
    point: FaultPoint,
}

impl FaultyCommit {
    /// The engine crashes, and nothing of the commit is stored.
    pub fn crash_before_commit(self) -> Fault {
        at(self.point, Effect::CrashBefore)
    }

    /// The engine crashes, and all of the commit is stored, but none of its actions are carried out.
    pub fn crash_after_commit(self) -> Fault {
        at(self.point, Effect::CrashAfter)
    }
}

fn at(point: FaultPoint, effect: Effect) -> Fault {
    Fault { point, effect, handler: None, remaining: 1 }
}
