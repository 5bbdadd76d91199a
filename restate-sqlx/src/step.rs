//! What identifies a step, and what is stored of it.

use bytes::Bytes;
use restate::{Encoding, HandlerResult, Json, Payload, TerminalError};

/// One transactional step of one invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) invocation: String,
    /// A random UUID from the journal.
    pub(crate) id: String,
    /// Whether this attempt has drawn it, so that no other one has executed the step.
    pub(crate) is_new: bool,
}

/// How a step has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bytes of its result.
    Result(Vec<u8>),
    /// A terminal error, as JSON.
    Failure(String),
}

/// Code, message and metadata of a terminal error.
type Failure = Json<(u16, String, Vec<(String, String)>)>;

impl Outcome {
    pub(crate) fn of_result<T: Payload>(result: &T) -> Result<Self, TerminalError> {
        let bytes = result.encode(T::FORMAT.preferred()).map_err(|error| {
            TerminalError::new(format!("cannot keep the result of `transaction`: {error}"))
        })?;
        Ok(Self::Result(bytes.into()))
    }

    pub(crate) fn of_failure(error: &TerminalError) -> HandlerResult<Self> {
        let metadata = error.metadata().map(|(key, value)| (key.to_owned(), value.to_owned()));
        let failure =
            Json((error.code(), error.message().to_owned(), metadata.collect::<Vec<_>>()));
        let bytes = failure.encode(Encoding::Json)?;
        Ok(Self::Failure(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// What the step has returned.
    pub(crate) fn returned<T: Payload>(self) -> HandlerResult<T> {
        match self {
            Self::Result(bytes) => {
                let decoded = T::decode(bytes.into(), T::FORMAT.preferred());
                Ok(decoded.map_err(|error| {
                    TerminalError::new(format!(
                        "the stored result of a step has another type than this code expects: {error}"
                    ))
                })?)
            }
            Self::Failure(json) => {
                let Json((code, message, metadata)) =
                    Failure::decode(Bytes::from(json), Encoding::Json)?;
                let error = TerminalError::with_code(code, message);
                let add = |error: TerminalError, (key, value)| error.with_metadata(key, value);
                Err(metadata.into_iter().fold(error, add).into())
            }
        }
    }
}
