//! Failures by their meaning, with the HTTP status that says it.

use super::TerminalError;

/// Failures by their meaning. The codes are HTTP statuses, with which the ingress answers.
///
/// ```
/// use restate_core::{HandlerResult, TerminalError};
///
/// fn item(stock: &[&'static str], index: usize) -> HandlerResult<&'static str> {
///     let item = stock.get(index);
///     Ok(item.ok_or_else(|| TerminalError::not_found(format!("there is no item {index}")))?)
/// }
/// assert!(item(&["tea"], 1).unwrap_err().is_terminal());
/// ```
impl TerminalError {
    /// Code 400: the request can never succeed, whatever the state of the service.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::with_code(400, message)
    }

    /// Code 401: the caller has not proven who it is.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::with_code(401, message)
    }

    /// Code 403: the caller may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::with_code(403, message)
    }

    /// Code 404: there is nothing of the name or id in the request.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::with_code(404, message)
    }

    /// Code 409: the request does not fit the state of the service, such as a balance that is too low.
    ///
    /// A cancelled invocation fails with the same code.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::with_code(409, message)
    }

    /// Code 410: there was something of that name or id, and it will not come back.
    pub fn gone(message: impl Into<String>) -> Self {
        Self::with_code(410, message)
    }

    /// Code 412: a condition that the request names does not hold.
    pub fn precondition_failed(message: impl Into<String>) -> Self {
        Self::with_code(412, message)
    }

    /// Code 422: the request is well-formed, and breaks a rule of the service.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::with_code(422, message)
    }

    /// Code 429: the caller has used up what it may use.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::with_code(429, message)
    }

    /// Code 501: the service cannot do this at all.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::with_code(501, message)
    }
}
