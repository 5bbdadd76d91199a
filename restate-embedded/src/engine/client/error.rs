use std::{error::Error, fmt};

use restate_core::{TerminalError, call::UnreadableResponse};

use crate::engine::handle::{ControlError, DRAINING, HandleError};

/// Why a request of a client failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The handler failed with a terminal error, or the request was refused.
    Failed(TerminalError),
    /// The engine has stopped. If the call was accepted, the next start resumes it.
    Stopped,
}

impl From<TerminalError> for ClientError {
    fn from(error: TerminalError) -> Self {
        Self::Failed(error)
    }
}

impl From<UnreadableResponse> for ClientError {
    fn from(error: UnreadableResponse) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HandleError> for ClientError {
    fn from(refusal: HandleError) -> Self {
        match refusal {
            HandleError::Stopped => Self::Stopped,
            HandleError::Draining => Self::Failed(TerminalError::with_code(503, DRAINING)),
            HandleError::NotFound => {
                let message = "no such invocation, or its result is not retained any more";
                Self::Failed(TerminalError::with_code(404, message))
            }
            HandleError::NotReady => {
                Self::Failed(TerminalError::with_code(470, "the invocation is not complete"))
            }
        }
    }
}

impl From<ControlError> for ClientError {
    fn from(refusal: ControlError) -> Self {
        let refused = |code, message| Self::Failed(TerminalError::with_code(code, message));
        match refusal {
            ControlError::Stopped => Self::Stopped,
            ControlError::NotFound => refused(404, "no such invocation".to_owned()),
            ControlError::Refused(reason) => refused(409, reason),
            ControlError::TooLarge(reason) => refused(413, reason),
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Stopped => f.write_str(
                "the engine has stopped; if the call was accepted, the next start resumes it",
            ),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Stopped => None,
        }
    }
}
