//! Errors of requests through the ingress.

use std::{error::Error, fmt, time::Duration};

use restate_core::{TerminalError, call::UnreadableResponse};

/// Why a request through the ingress failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum IngressError {
    /// The invocation ended with this terminal failure. A retry would end the same way.
    Failed {
        /// Code, message and metadata of the failure.
        error: TerminalError,
        /// The invocation, `inv_…`; absent if the engine did not name it.
        invocation_id: Option<String>,
    },
    /// The engine did not accept the request; nothing was started.
    Refused {
        /// Method and path.
        request: String,
        /// HTTP status, such as 404 for an unknown handler.
        status: u16,
        /// The engine's reason.
        message: String,
    },
    /// There is no connection to the engine; nothing was sent.
    Unreachable {
        /// Address of the engine.
        address: String,
        /// The error of the operating system, TLS or DNS.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The connection broke before the response arrived. The request may have been accepted.
    Interrupted {
        /// Method and path.
        request: String,
        /// The error of the connection.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No response arrived in time. The request may have been accepted.
    TimedOut {
        /// Method and path.
        request: String,
        /// The time limit.
        limit: Duration,
        /// The setting of the client's builder that raises the limit.
        setting: &'static str,
    },
    /// The response is longer than the client's limit.
    TooLarge {
        /// Method and path.
        request: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The response is not that of an ingress; the address may be that of another server.
    Protocol {
        /// Method and path.
        request: String,
        /// What is wrong with the response.
        violation: String,
    },
    /// The result is not a value of the requested type.
    Unreadable(UnreadableResponse),
    /// The request is invalid and was not sent.
    Invalid(String),
}

impl IngressError {
    /// The failure that the invocation ended with, if that is the error.
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
                    401 | 403 => {
                        f.write_str("; set a token with `bearer_token(..)` of the client's builder")
                    }
                    _ => Ok(()),
                }
            }
            Self::Unreachable { address, source } => write!(
                f,
                "cannot reach {address}: {}; check the address and that the engine is running",
                root(&**source)
            ),
            Self::Interrupted { request, source } => write!(
                f,
                "the connection broke before the response to {request} arrived: {}; it may have been \
                 accepted; retry it with an idempotency key to execute it once",
                root(&**source)
            ),
            Self::TimedOut { request, limit, setting } => write!(
                f,
                "no response to {request} within {limit:?}; it may have been accepted; retry it \
                 with the same idempotency key, or raise the limit with `{setting}(..)`"
            ),
            Self::TooLarge { request, limit } => write!(
                f,
                "the response to {request} is longer than {limit} bytes; \
                 raise the limit with `response_limit(..)`"
            ),
            Self::Protocol { request, violation } => write!(
                f,
                "the response to {request} is not that of an ingress: {violation}; \
                 check that the address is that of an engine's ingress"
            ),
            Self::Unreadable(error) => error.fmt(f),
            Self::Invalid(message) => f.write_str(message),
        }
    }
}

/// The deepest cause, because hyper's layers above it say only that something failed.
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
