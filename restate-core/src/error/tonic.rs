//! Failures of gRPC calls as failures of handlers, and the reverse. Needs the feature `tonic`.

use std::error::Error;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use tonic::{Code, Status};

use super::TerminalError;

/// The failure of a gRPC call, if it would fail again: see [`TerminalError`]'s `From<Status>`.
pub(super) fn terminal(error: &(dyn Error + 'static)) -> Option<TerminalError> {
    let status = error.downcast_ref::<Status>()?;
    is_terminal(status.code()).then(|| status.into())
}

/// Whether a code says that the same request will fail again. The others are about the state of the
/// service that was called, its network or its operators, and the call is repeated.
fn is_terminal(code: Code) -> bool {
    match code {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::DataLoss => true,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::Internal
        | Code::Unavailable
        | Code::Unauthenticated => false,
    }
}

/// Ends the invocation with the failure of a gRPC call, whatever its code.
///
/// `?` turns a [`Status`] into a [`HandlerError`](crate::HandlerError) by its code: `INVALID_ARGUMENT`,
/// `NOT_FOUND`, `ALREADY_EXISTS`, `PERMISSION_DENIED`, `FAILED_PRECONDITION`, `OUT_OF_RANGE`,
/// `UNIMPLEMENTED` and `DATA_LOSS` are terminal, and after all others, such as `UNAVAILABLE`, the
/// attempt is repeated. Code and details travel in the metadata `grpc-status` and
/// `grpc-status-details-bin`.
///
/// ```
/// use restate_core::{HandlerError, TerminalError};
/// use tonic::Status;
///
/// assert!(HandlerError::from(Status::invalid_argument("no such currency")).is_terminal());
/// assert!(!HandlerError::from(Status::unavailable("connection refused")).is_terminal());
/// assert_eq!(TerminalError::from(Status::not_found("no account")).code(), 404);
/// ```
impl From<Status> for TerminalError {
    fn from(status: Status) -> Self {
        Self::from(&status)
    }
}

impl From<&Status> for TerminalError {
    fn from(status: &Status) -> Self {
        let code = i32::from(status.code());
        let error = Self::with_code(http_status(status.code()), status.message());
        let error = error.with_metadata(STATUS, code.to_string());
        match status.details() {
            [] => error,
            details => error.with_metadata(DETAILS, STANDARD_NO_PAD.encode(details)),
        }
    }
}

/// The failure as the answer of a gRPC service, with the code and the details that the failure of a
/// gRPC call had.
impl From<TerminalError> for Status {
    fn from(error: TerminalError) -> Self {
        let entry = |name| error.metadata().find(|(key, _)| *key == name).map(|(_, value)| value);
        let code = entry(STATUS).and_then(|code| code.parse::<i32>().ok());
        let code = code.map(Code::from_i32).filter(|code| *code != Code::Ok);
        let code = code.unwrap_or_else(|| grpc_code(error.code()));
        let details = entry(DETAILS).and_then(|details| STANDARD_NO_PAD.decode(details).ok());
        Self::with_details(code, error.message(), details.unwrap_or_default().into())
    }
}

/// Names of metadata, as gRPC calls its trailers.
const STATUS: &str = "grpc-status";
const DETAILS: &str = "grpc-status-details-bin";

/// The HTTP status for a code, by the table in `google/rpc/code.proto`.
fn http_status(code: Code) -> u16 {
    match code {
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => 500,
    }
}

fn grpc_code(http_status: u16) -> Code {
    match http_status {
        400 | 422 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 | 410 => Code::NotFound,
        408 | 504 => Code::DeadlineExceeded,
        409 => Code::Aborted,
        412 => Code::FailedPrecondition,
        429 => Code::ResourceExhausted,
        499 => Code::Cancelled,
        500 => Code::Internal,
        501 => Code::Unimplemented,
        503 => Code::Unavailable,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;
    use crate::error::HandlerError;

    #[derive(Debug)]
    struct Wrapped(Status);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("asking the bank")
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_request_that_fails_again_is_not_repeated() {
        assert!(HandlerError::from(Status::invalid_argument("no")).is_terminal());
        assert!(HandlerError::from(Wrapped(Status::not_found("no"))).is_terminal());
        for status in [Status::unavailable("no"), Status::internal("no"), Status::aborted("no")] {
            assert!(!HandlerError::from(Wrapped(status)).is_terminal());
        }
    }

    #[test]
    fn every_code_and_its_details_come_back() {
        for code in 1..=16 {
            let status = Status::with_details(Code::from_i32(code), "no", vec![0, 255, 7].into());
            let error = TerminalError::from(&status);
            assert_eq!(error.message(), "no");
            let back = Status::from(error);
            assert_eq!((back.code(), back.message()), (status.code(), "no"));
            assert_eq!(back.details(), [0, 255, 7]);
        }
    }

    #[test]
    fn other_failures_have_the_code_of_their_meaning() {
        for (error, code) in [
            (TerminalError::bad_request(""), Code::InvalidArgument),
            (TerminalError::not_found(""), Code::NotFound),
            (TerminalError::conflict(""), Code::Aborted),
            (TerminalError::new(""), Code::Internal),
            (TerminalError::with_code(418, ""), Code::Unknown),
            (TerminalError::new("").with_metadata(STATUS, "0"), Code::Internal),
        ] {
            assert_eq!(Status::from(error).code(), code);
        }
    }
}
