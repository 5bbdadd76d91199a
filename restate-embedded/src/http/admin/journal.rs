use restate_core::{
    TerminalError,
    wire::framing::{Decoder, FrameError},
};
use serde_json::{Value, json};

use super::{
    not_found,
    reply::{Answered, refusal},
    stopped,
};
use crate::{
    engine::handle::Port,
    journal::Describer,
    model::id::InvocationId,
    store::{Phase, StoreError},
};

/// The journal of an invocation, each entry as JSON.
pub(super) async fn show(port: &Port, id: InvocationId) -> Answered {
    let read = move |_: &_, store: &mut dyn crate::store::Store| {
        Ok((store.invocation(id)?, store.journal(id, u32::MAX)?))
    };
    let found = port.inspect(read).await.map_err(|_| stopped())?;
    let (invocation, parts) =
        found.map_err(|error: StoreError| TerminalError::with_code(500, error.to_string()))?;
    let Some(invocation) = invocation else { return Err(not_found(id)) };
    let contracts = |target: &_| port.catalog.handler(target);
    let mut describer = Describer::new(&contracts, &invocation.target);
    let mut decoder = Decoder::new(usize::MAX);
    parts.into_iter().for_each(|part| decoder.push(part));
    let mut entries = Vec::new();
    let broken = |error: FrameError| refusal(500, format!("the journal cannot be read: {error}"));
    while let Some(frame) = decoder.next_frame().map_err(broken)? {
        entries.push(describer.entry(&frame).map_err(broken)?);
    }
    let result = match invocation.phase {
        Phase::Completed(result) => describer.result(result),
        _ => Value::Null,
    };
    Ok(json!({ "id": id.to_string(), "entries": entries, "result": result }))
}
