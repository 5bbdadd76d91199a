//! Closures that must not use the context of their handler.

use crate::error::TerminalError;

/// Where the code that uses a context is executed.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    Handler,
    Closure(ClosureOf),
    Misused(ClosureOf, &'static str),
}

/// A closure that must not use the context of its handler.
#[derive(Clone, Copy)]
pub(crate) enum ClosureOf {
    Run,
    /// The one given to `one_way_call` or `delayed_call`.
    OneWayCall,
}

impl ClosureOf {
    pub(super) fn misused(self, operation: &str) -> TerminalError {
        TerminalError::new(match self {
            Self::Run => format!(
                "{operation} inside a `run` closure: a closure's result is journaled as a whole, \
                 so use the context before or after `run`"
            ),
            Self::OneWayCall => format!(
                "{operation} inside the closure of a one-way call: it only makes the call that is \
                 sent, so use the context before or after it"
            ),
        })
    }
}
