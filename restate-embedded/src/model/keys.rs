use restate_core::TerminalError;

/// The maximum length of an object's key, and of an idempotency key, in bytes. Both are part of
/// database indices, whose pages hold only a few longer ones. A Restate server has no such limit, but
/// refuses requests with longer URLs and headers.
pub(crate) const MAX_KEY_LENGTH: usize = 1024;

/// Checks the key of an object or a workflow.
///
/// # Errors
///
/// Code 400 for a key that is too long.
pub(crate) fn check_key(key: &str) -> Result<(), TerminalError> {
    check("the key", key)
}

/// Checks an idempotency key.
///
/// # Errors
///
/// Code 400 for a key that is too long.
pub(crate) fn check_idempotency_key(key: &str) -> Result<(), TerminalError> {
    check("the idempotency key", key)
}

fn check(what: &str, key: &str) -> Result<(), TerminalError> {
    let length = key.len();
    if length <= MAX_KEY_LENGTH {
        return Ok(());
    }
    let message = format!("{what} has {length} bytes; at most {MAX_KEY_LENGTH} are allowed");
    Err(TerminalError::with_code(400, message))
}
