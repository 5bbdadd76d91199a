//! The request of a schedule in a contract.

use prost_reflect::MethodDescriptor;
use restate_expand::Schedule;

/// Checks the request against the message of `rpc`. One without fields needs none.
pub(super) fn read(rpc: &MethodDescriptor, schedule: &mut Schedule) -> Result<(), String> {
    match &schedule.request {
        None if rpc.input().fields().len() == 0 => schedule.request = Some("{}".to_owned()),
        None => {}
        Some(request) => check(rpc, request)?,
    }
    Ok(())
}

#[cfg(feature = "schedules")]
fn check(rpc: &MethodDescriptor, request: &str) -> Result<(), String> {
    let (message, mut json) = (rpc.input(), serde_json::Deserializer::from_str(request));
    let read = prost_reflect::DynamicMessage::deserialize(message, &mut json);
    read.and_then(|_| json.end()).map_err(|error| {
        let (rpc, message) = (rpc.name(), rpc.input());
        format!(
            "the request of the `schedule` of `{rpc}` is not a `{}` as JSON: {error}; give one, such as \
             `{{}}`",
            message.full_name()
        )
    })
}

/// Without the feature, the schedule as a whole is refused.
#[cfg(not(feature = "schedules"))]
fn check(_: &MethodDescriptor, _: &str) -> Result<(), String> {
    Ok(())
}
