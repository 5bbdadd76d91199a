//! Failures of requests to an ingress, as clients receive them.

use restate_core::{RpcCode, TerminalError};
use restate_ingress::IngressError;
use tracing::warn;

use crate::calls::{Answer, CallError};

/// Whether a call that may have been accepted can be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    /// It has an idempotency key or no side effects.
    Safe,
    Unsafe,
}

/// The answer to a call whose request has failed.
pub(super) fn answer(error: IngressError, repetition: Repetition) -> Answer {
    let failed = match error {
        IngressError::Failed { error, invocation_id } => {
            return Answer { invocation_id, result: Err(CallError::Failed(error)) };
        }
        // The contract has the rpc, but the engine has not.
        IngressError::Refused { status: 404, message, .. } => {
            TerminalError::not_implemented(format!("the engine has no such handler: {message}"))
        }
        IngressError::Refused { status, message, .. } => TerminalError::with_code(status, message),
        // What is wrong between here and the engine is for whoever runs this, not for its clients.
        IngressError::Unreachable { .. } => {
            warn!("{error}");
            TerminalError::with_code(503, "the engine cannot be reached; nothing was started")
        }
        IngressError::Interrupted { .. } | IngressError::TimedOut { .. } => {
            warn!("{error}");
            interrupted(repetition)
        }
        IngressError::TooLarge { limit, .. } => TerminalError::with_code(
            413,
            format!("the response is longer than {limit} bytes, the limit of this server"),
        ),
        IngressError::Invalid(message) => TerminalError::bad_request(message),
        _ => {
            warn!("{error}");
            TerminalError::new("the answer of the engine cannot be read")
        }
    };
    Answer::refused(failed)
}

/// Clients of gRPC repeat calls that are `UNAVAILABLE` on their own.
fn interrupted(repetition: Repetition) -> TerminalError {
    let text =
        "the connection to the engine broke before it answered; the call may have been accepted";
    match repetition {
        Repetition::Safe => TerminalError::with_code(503, text),
        Repetition::Unsafe => {
            let text = format!("{text}; with metadata `idempotency-key`, it can be repeated");
            TerminalError::new(text).with_rpc_code(RpcCode::Unknown)
        }
    }
}
