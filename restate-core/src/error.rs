//! How handlers fail: for good, or until the next attempt.

mod meanings;
#[cfg(feature = "rpc")]
mod rpc_code;
#[cfg(feature = "tonic")]
mod tonic;

#[cfg(feature = "rpc")]
pub use self::rpc_code::RpcCode;

use std::{error::Error, fmt, time::Duration};

/// Ends an invocation for good; its caller receives code, message and metadata.
///
/// Any other error makes the engine try the handler again. Returned by calls, when the handler
/// that was called ended this way.
///
/// ```
/// use restate_core::{HandlerResult, TerminalError};
///
/// fn withdraw(balance: u64, amount: u64) -> HandlerResult<u64> {
///     let rest = balance
///         .checked_sub(amount)
///         .ok_or_else(|| TerminalError::conflict("the balance is too low"))?;
///     Ok(rest)
/// }
/// assert!(withdraw(5, 7).unwrap_err().is_terminal());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalError {
    code: u16,
    message: String,
    metadata: Vec<(String, String)>,
}

impl TerminalError {
    /// A failure with code 500.
    pub fn new(message: impl Into<String>) -> Self {
        Self::with_code(500, message)
    }

    /// A failure with a code of its own: an HTTP status from 400 to 599, which the ingress responds
    /// with. For any other code the ingress of the embedded engine responds with status 500, and its
    /// body has the code.
    pub fn with_code(code: u16, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), metadata: Vec::new() }
    }

    /// Adds an entry that programs can read; it travels to the caller with the error.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// The failure's code, in general an HTTP status; 409 for a cancelled invocation.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The failure in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The entries that the failed handler has added, in that order.
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl fmt::Display for TerminalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl Error for TerminalError {}

/// The result of a handler or a `run` closure.
pub type HandlerResult<T> = Result<T, HandlerError>;

/// The result of a handler that returns the result of a call or a run step. For generated code.
pub fn handler_result<T, E: Into<HandlerError>>(result: Result<T, E>) -> HandlerResult<T> {
    result.map_err(E::into)
}

/// Why an attempt to run a handler failed.
///
/// Made by `?` from any error. A [`TerminalError`], also one that another error names as its
/// source, ends the invocation; everything else is retried. What surrounds a terminal error is logged, and
/// not sent to the caller.
///
/// Engines log and show an error that is retried with all of its sources, the name of the run step and
/// the number of the attempt. If the last attempt allowed ends the invocation, its caller gets the same
/// text. A caller that must not learn of the cause gets a [`TerminalError`], of which nobody is told
/// more than its code, message and metadata. The format `{:#}` has all sources, too.
pub struct HandlerError {
    cause: Cause,
    next: Next,
}

/// What the engine is asked to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again, by its own retry policy.
    Retry,
    RetryAfter(Duration),
    Pause,
}

enum Cause {
    Terminal(TerminalError),
    /// Another error has the terminal one among its sources.
    Surrounded {
        terminal: TerminalError,
        by: Box<dyn Error + Send + Sync>,
    },
    Retryable(Box<dyn Error + Send + Sync>),
}

impl HandlerError {
    /// Waits this long before the next attempt, in place of the retry policy's delay; at most a year. In a `run`
    /// closure, that is the next attempt of the closure, within the limits of its policy.
    ///
    /// No effect on a terminal error.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.next = Next::RetryAfter(delay);
        self
    }

    /// Pauses the invocation until it is resumed by hand, instead of retrying it.
    ///
    /// No effect on a terminal error. Needs version 7 of the service protocol.
    #[must_use]
    pub fn pause(mut self) -> Self {
        self.next = Next::Pause;
        self
    }

    /// Whether the invocation ends with this error.
    pub fn is_terminal(&self) -> bool {
        self.terminal().is_some()
    }

    /// The terminal error that this is, or that is among its sources; `None` if it is retried.
    pub fn terminal(&self) -> Option<&TerminalError> {
        match &self.cause {
            Cause::Terminal(error) | Cause::Surrounded { terminal: error, .. } => Some(error),
            Cause::Retryable(_) => None,
        }
    }

    /// The error that this was made from, for code that decides by its type.
    pub fn cause(&self) -> &(dyn Error + 'static) {
        match &self.cause {
            Cause::Terminal(error) => error,
            Cause::Surrounded { by: error, .. } | Cause::Retryable(error) => &**error,
        }
    }

    /// The delay that it asks for.
    pub(crate) fn delay(&self) -> Option<Duration> {
        match self.next {
            Next::RetryAfter(delay) => Some(delay),
            Next::Retry | Next::Pause => None,
        }
    }

    pub(crate) fn into_parts(self) -> Failed {
        match self.cause {
            Cause::Terminal(error) => Failed::Terminal { error, chain: None },
            Cause::Surrounded { terminal: error, by } => {
                Failed::Terminal { error, chain: Some(with_causes(&*by)) }
            }
            Cause::Retryable(error) => Failed::Retryable { error, next: self.next },
        }
    }
}

/// A [`HandlerError`], taken apart.
pub(crate) enum Failed {
    Terminal {
        error: TerminalError,
        /// The text of the errors around it and of itself, if there are any.
        chain: Option<String>,
    },
    Retryable {
        error: Box<dyn Error + Send + Sync>,
        next: Next,
    },
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let error = error.into();
        let cause = match terminal_in(&*error) {
            Some(terminal) if error.is::<TerminalError>() => Cause::Terminal(terminal),
            Some(terminal) => Cause::Surrounded { terminal, by: error },
            None => Cause::Retryable(error),
        };
        Self { cause, next: Next::Retry }
    }
}

fn terminal_in(error: &(dyn Error + 'static)) -> Option<TerminalError> {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(terminal) = error.downcast_ref::<TerminalError>() {
            return Some(terminal.clone());
        }
        #[cfg(feature = "tonic")]
        if let Some(terminal) = tonic::terminal(error) {
            return Some(terminal);
        }
        link = error.source();
    }
    None
}

/// An error and all of its sources, in one line.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Many errors end with the text of their source.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Terminal(error) => fmt::Debug::fmt(error, f),
            Cause::Surrounded { by: error, .. } | Cause::Retryable(error) => {
                fmt::Debug::fmt(error, f)
            }
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Surrounded { by: error, .. } | Cause::Retryable(error) if f.alternate() => {
                f.write_str(&with_causes(&**error))
            }
            Cause::Terminal(error) | Cause::Surrounded { terminal: error, .. } => error.fmt(f),
            Cause::Retryable(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Wrapped(TerminalError);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("while withdrawing")
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_terminal_error_stays_terminal_through_the_question_mark() {
        assert!(HandlerError::from(TerminalError::new("no")).is_terminal());
    }

    #[test]
    fn the_cause_has_the_type_it_was_made_from() {
        let error = HandlerError::from(Wrapped(TerminalError::with_code(404, "no account")));
        assert!(error.cause().is::<Wrapped>());
        assert_eq!(error.terminal().map(TerminalError::code), Some(404));
        let error = HandlerError::from(std::io::Error::other("reset"));
        assert!(error.cause().is::<std::io::Error>());
        assert_eq!(error.terminal(), None);
    }

    #[test]
    fn a_terminal_error_stays_terminal_under_another_error() {
        let error = HandlerError::from(Wrapped(TerminalError::with_code(404, "no account")));
        assert_eq!(
            (error.to_string(), format!("{error:#}").as_str()),
            ("no account (404)".to_owned(), "while withdrawing: no account (404)")
        );
        let Failed::Terminal { error, chain } = error.into_parts() else {
            panic!("must be terminal")
        };
        assert_eq!((error.code(), error.message()), (404, "no account"));
        assert_eq!(chain.as_deref(), Some("while withdrawing: no account (404)"));
    }

    #[test]
    fn any_other_error_is_retried_after_the_delay_it_names() {
        let error = HandlerError::from("connection reset").retry_after(Duration::from_secs(3));
        assert!(!error.is_terminal());
        let Failed::Retryable { next, .. } = error.into_parts() else {
            panic!("must be retryable")
        };
        assert_eq!(next, Next::RetryAfter(Duration::from_secs(3)));
    }
}
