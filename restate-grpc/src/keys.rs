//! Keys of objects and workflows, in calls of clients that know only the contract.

use restate_core::TerminalError;

/// The key of a call of an object or workflow: that of the request, or else that of the metadata.
///
/// `rpc` is its name, and `field` the field of requests that holds the key, if the contract marks one.
///
/// # Errors
///
/// Code 400 without a key, and for two different ones.
pub fn key_of_call(
    rpc: impl FnOnce() -> String,
    field: Option<&str>,
    in_request: Option<String>,
    in_metadata: Option<String>,
) -> Result<String, TerminalError> {
    match (in_request, in_metadata) {
        (Some(field), Some(metadata)) if field != metadata => {
            Err(TerminalError::bad_request(format!(
                "the request holds the key `{field}`, but its metadata `x-restate-key` is \
                 `{metadata}`; send one of the two"
            )))
        }
        (Some(key), _) | (None, Some(key)) if !key.is_empty() => Ok(key),
        _ => {
            let way_out = match field {
                Some(field) => format!("set the field `{field}` of the request"),
                None => "send it in the metadata `x-restate-key`".to_owned(),
            };
            Err(TerminalError::bad_request(format!("`{}` needs a key; {way_out}", rpc())))
        }
    }
}
