//! Codes of failures in gRPC and Connect, and the one table between them and those of
//! [`TerminalError`]. Needs the feature `rpc`.

use super::TerminalError;

/// Names of metadata, as gRPC calls its trailers.
pub(super) const STATUS: &str = "grpc-status";
#[cfg(feature = "tonic")]
pub(super) const DETAILS: &str = "grpc-status-details-bin";

/// The code of a failure in gRPC and Connect.
///
/// A [`TerminalError`] has the code in its metadata `grpc-status`, if it is there, and otherwise the
/// one for its own code. The reverse is the table of `google/rpc/code.proto`:
///
/// | Code of a `TerminalError` | gRPC and Connect | and back |
/// |---|---|---|
/// | 499 | `CANCELLED`, `canceled` | 499 |
/// | every other one | `UNKNOWN`, `unknown` | 500 |
/// | 400, 422 | `INVALID_ARGUMENT`, `invalid_argument` | 400 |
/// | 408, 504 | `DEADLINE_EXCEEDED`, `deadline_exceeded` | 504 |
/// | 404, 410 | `NOT_FOUND`, `not_found` | 404 |
/// | only by metadata | `ALREADY_EXISTS`, `already_exists` | 409 |
/// | 403 | `PERMISSION_DENIED`, `permission_denied` | 403 |
/// | 413, 429, 431 | `RESOURCE_EXHAUSTED`, `resource_exhausted` | 429 |
/// | 412, 470 | `FAILED_PRECONDITION`, `failed_precondition` | 400 |
/// | 409 | `ABORTED`, `aborted` | 409 |
/// | only by metadata | `OUT_OF_RANGE`, `out_of_range` | 400 |
/// | 405, 415, 501 | `UNIMPLEMENTED`, `unimplemented` | 501 |
/// | 500 | `INTERNAL`, `internal` | 500 |
/// | 503 | `UNAVAILABLE`, `unavailable` | 503 |
/// | only by metadata | `DATA_LOSS`, `data_loss` | 500 |
/// | 401 | `UNAUTHENTICATED`, `unauthenticated` | 401 |
///
/// ```
/// use restate_core::{RpcCode, TerminalError};
///
/// let full = TerminalError::conflict("the room is taken").with_rpc_code(RpcCode::AlreadyExists);
/// assert_eq!(full.code(), 409);
/// assert_eq!(RpcCode::of(&full).connect_name(), "already_exists");
/// assert_eq!(RpcCode::of(&TerminalError::not_found("no such room")), RpcCode::NotFound);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RpcCode {
    /// The caller gave up.
    Cancelled = 1,
    /// A failure of no other code.
    Unknown = 2,
    /// The request can never succeed.
    InvalidArgument = 3,
    /// The time that the caller waits is over.
    DeadlineExceeded = 4,
    /// There is nothing of the name or id in the request.
    NotFound = 5,
    /// What should be created is there already.
    AlreadyExists = 6,
    /// The caller may not do this.
    PermissionDenied = 7,
    /// A limit is reached.
    ResourceExhausted = 8,
    /// The state of the service does not allow it.
    FailedPrecondition = 9,
    /// Another operation was in the way.
    Aborted = 10,
    /// Beyond the end of something that may grow.
    OutOfRange = 11,
    /// The service cannot do this at all.
    Unimplemented = 12,
    /// The service is broken.
    Internal = 13,
    /// The service cannot be reached at the moment.
    Unavailable = 14,
    /// Data is lost for good.
    DataLoss = 15,
    /// The caller has not proven who it is.
    Unauthenticated = 16,
}

use RpcCode::{
    Aborted, AlreadyExists, Cancelled, DataLoss, DeadlineExceeded, FailedPrecondition, Internal,
    InvalidArgument, NotFound, OutOfRange, PermissionDenied, ResourceExhausted, Unauthenticated,
    Unavailable, Unimplemented, Unknown,
};

/// In the order of their numbers, with their names in Connect.
const ALL: [(RpcCode, &str); 16] = [
    (Cancelled, "canceled"),
    (Unknown, "unknown"),
    (InvalidArgument, "invalid_argument"),
    (DeadlineExceeded, "deadline_exceeded"),
    (NotFound, "not_found"),
    (AlreadyExists, "already_exists"),
    (PermissionDenied, "permission_denied"),
    (ResourceExhausted, "resource_exhausted"),
    (FailedPrecondition, "failed_precondition"),
    (Aborted, "aborted"),
    (OutOfRange, "out_of_range"),
    (Unimplemented, "unimplemented"),
    (Internal, "internal"),
    (Unavailable, "unavailable"),
    (DataLoss, "data_loss"),
    (Unauthenticated, "unauthenticated"),
];

impl RpcCode {
    /// The code of a failure: that of its metadata, or else the one for its code.
    pub fn of(error: &TerminalError) -> Self {
        let named = error.metadata().find(|(key, _)| *key == STATUS);
        let named = named.and_then(|(_, number)| number.parse().ok()).and_then(Self::from_number);
        named.unwrap_or_else(|| Self::for_http_status(error.code()))
    }

    /// The code with this number in gRPC; `None` for 0, which is success, and for unknown ones.
    pub fn from_number(number: u32) -> Option<Self> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        ALL.get(index).map(|(code, _)| *code)
    }

    /// Its number in gRPC.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// Its name in Connect.
    pub fn connect_name(self) -> &'static str {
        ALL[self as usize - 1].1
    }

    /// The code for an HTTP status.
    pub fn for_http_status(status: u16) -> Self {
        match status {
            400 | 422 => InvalidArgument,
            401 => Unauthenticated,
            403 => PermissionDenied,
            404 | 410 => NotFound,
            408 | 504 => DeadlineExceeded,
            409 => Aborted,
            412 | 470 => FailedPrecondition,
            413 | 429 | 431 => ResourceExhausted,
            499 => Cancelled,
            500 => Internal,
            405 | 415 | 501 => Unimplemented,
            503 => Unavailable,
            _ => Unknown,
        }
    }

    /// The HTTP status for this code.
    pub fn http_status(self) -> u16 {
        match self {
            InvalidArgument | FailedPrecondition | OutOfRange => 400,
            Unauthenticated => 401,
            PermissionDenied => 403,
            NotFound => 404,
            AlreadyExists | Aborted => 409,
            ResourceExhausted => 429,
            Cancelled => 499,
            Unimplemented => 501,
            Unavailable => 503,
            DeadlineExceeded => 504,
            Unknown | Internal | DataLoss => 500,
        }
    }
}

impl TerminalError {
    /// Sets the code that callers over gRPC and Connect receive, where it is not the one for
    /// [`code`](Self::code).
    #[must_use]
    pub fn with_rpc_code(self, code: RpcCode) -> Self {
        self.with_metadata(STATUS, code.number().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_codes_are_the_same_list() {
        for (number, (code, _)) in (1..).zip(ALL) {
            assert_eq!((code.number(), RpcCode::from_number(number)), (number, Some(code)));
        }
        assert_eq!(RpcCode::from_number(0), None);
        assert_eq!(RpcCode::from_number(17), None);
    }

    #[test]
    fn every_code_comes_back_through_a_failure() {
        for (code, _) in ALL {
            let error = TerminalError::with_code(code.http_status(), "no").with_rpc_code(code);
            assert_eq!(RpcCode::of(&error), code);
        }
    }

    #[test]
    fn metadata_that_is_no_code_does_not_count() {
        for number in ["0", "17", "-1", "x", ""] {
            let error = TerminalError::conflict("no").with_metadata(STATUS, number);
            assert_eq!(RpcCode::of(&error), Aborted, "{number}");
        }
    }
}
