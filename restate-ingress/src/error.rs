//! How calls from outside fail.

use std::{error::Error, fmt, time::Duration};

use restate_core::{TerminalError, call::UnreadableResponse};

/// Why a request to the ingress has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum IngressError {
    /// The invocation has ended for good with this failure. Repeating the request is no use.
    Failed {
        /// Code, message and metadata, as the handler gave them.
        error: TerminalError,
        /// The invocation, `inv_…`; absent if the engine did not name it.
        invocation_id: Option<String>,
    },
    /// The engine did not accept the request; nothing was started.
    Refused {
        /// Method and path.
        request: String,
        /// HTTP status, as 404 for a handler that is not there.
        status: u16,
        /// The reason in the engine's words.
        message: String,
    },
    /// There is no connection to the engine; nothing was sent.
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What the operating system, TLS or DNS says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The connection broke before the answer was there. What was sent may have been accepted.
    Interrupted {
        /// Method and path.
        request: String,
        /// How it broke.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no answer in time. What was sent may have been accepted.
    TimedOut {
        /// Method and path.
        request: String,
        /// How long was waited.
        limit: Duration,
        /// The setting of the client's builder that says how long to wait.
        setting: &'static str,
    },
    /// The answer has more bytes than the client takes.
    TooLarge {
        /// Method and path.
        request: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// What answered does not speak as an ingress does; perhaps it is another server.
    Protocol {
        /// Method and path.
        request: String,
        /// What is wrong with the answer.
        violation: String,
    },
    /// The result is there, but is no value of the type that was asked for.
    Unreadable(UnreadableResponse),
    /// The request makes no sense, and was not sent.
    Invalid(String),
}

impl IngressError {
    /// The failure that the invocation has ended with, if that is the reason.
    pub fn terminal(&self) -> Option<&TerminalError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<TerminalError> for IngressError {
    fn from(error: TerminalError) -> Self {
        Self::Failed { error, invocation_id: None }
    }
}

impl From<UnreadableResponse> for IngressError {
    fn from(error: UnreadableResponse) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for IngressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { error, invocation_id: Some(id) } => {
                write!(f, "invocation {id} failed: {error}")
            }
            Self::Failed { error, invocation_id: None } => {
                write!(f, "the invocation failed: {error}")
            }
            Self::Refused { request, status, message } => {
                write!(f, "{request} was refused with status {status}: {message}")?;
                match status {
                    401 | 403 => f.write_str("; give the client a token with `bearer_token(..)`"),
                    _ => Ok(()),
                }
            }
            Self::Unreachable { address, source } => write!(
                f,
                "cannot reach {address}: {}; check the address, and that the engine runs",
                root(&**source)
            ),
            Self::Interrupted { request, source } => write!(
                f,
                "the connection broke before {request} was answered: {}; it may have been \
                 accepted, repeat it with an idempotency key to have it executed once",
                root(&**source)
            ),
            Self::TimedOut { request, limit, setting } => write!(
                f,
                "no answer to {request} within {limit:?}; it may have been accepted and go on, \
                 repeat it with the same idempotency key, or wait longer with `{setting}(..)`"
            ),
            Self::TooLarge { request, limit } => write!(
                f,
                "the answer to {request} has more than {limit} bytes; \
                 take longer ones with `response_limit(..)`"
            ),
            Self::Protocol { request, violation } => write!(
                f,
                "the answer to {request} is not that of an ingress: {violation}; \
                 check that the address is the ingress of an engine"
            ),
            Self::Unreadable(error) => error.fmt(f),
            Self::Invalid(message) => f.write_str(message),
        }
    }
}

/// The deepest cause: the layers above it say only that something failed.
fn root<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest
}

impl Error for IngressError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed { error, .. } => Some(error),
            Self::Unreachable { source, .. } | Self::Interrupted { source, .. } => Some(&**source),
            Self::Unreadable(error) => error.source(),
            Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::TooLarge { .. }
            | Self::Protocol { .. }
            | Self::Invalid(_) => None,
        }
    }
}
