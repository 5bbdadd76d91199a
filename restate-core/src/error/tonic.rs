//! Failures of gRPC calls as failures of handlers, and the reverse. Needs the feature `tonic`.

use std::error::Error;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use tonic::{Code, Status};

use super::{
    TerminalError,
    rpc_code::{DETAILS, RpcCode, STATUS},
};

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
        let number = i32::from(status.code());
        let code = u32::try_from(number).ok().and_then(RpcCode::from_number);
        let http_status = code.map_or(500, RpcCode::http_status);
        let error = Self::with_code(http_status, status.message());
        let error = error.with_metadata(STATUS, number.to_string());
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
        let code = Code::from(RpcCode::of(&error) as i32);
        let details = error.metadata().find(|(key, _)| *key == DETAILS).map(|(_, value)| value);
        let details = details.and_then(|details| STANDARD_NO_PAD.decode(details).ok());
        Self::with_details(code, error.message(), details.unwrap_or_default().into())
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
