use std::pin::Pin;

use crate::error::HandlerResult;

/// A future that a `run` closure waits for before it starts; its error becomes the result of the closure.
pub type Held = Pin<Box<dyn Future<Output = HandlerResult<()>> + Send>>;

/// A hook before the `run` closures of an attempt, with which tests delay closures or make them fail.
pub trait BeforeRun: Send + Sync {
    /// Asked when a closure is about to start, for its name and its place among the runs of the
    /// invocation, from 0; `None` lets it start.
    fn hold(&self, name: &str, place: usize) -> Option<Held>;

    /// Told each time the attempt has nothing to do until something wakes it.
    fn idle(&self);
}
