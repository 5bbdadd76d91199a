use restate_core::{
    TerminalError,
    wire::framing::{Decoder, FrameError},
};
use serde_json::{Value, json};

use super::{not_found, reply::AdminResult, stopped};
use crate::{
    engine::handle::EngineHandle,
    http::refusal::refusal,
    journal::JournalDecoder,
    model::{id::InvocationId, sealed::description},
    store::{Phase, Store, StoreError},
};

/// The journal of an invocation, with each entry as JSON.
pub(super) async fn show(engine: &EngineHandle, id: InvocationId) -> AdminResult {
    let read = move |_: &_, store: &mut dyn Store| {
        Ok((store.invocation(id)?, store.journal(id, u32::MAX)?))
    };
    let found = engine.inspect(read).await.map_err(|_| stopped())?;
    let (invocation, parts) =
        found.map_err(|error: StoreError| TerminalError::with_code(500, error.to_string()))?;
    let Some(invocation) = invocation else { return Err(not_found(id)) };
    let catalog = engine.catalog();
    let mut journal = JournalDecoder::new(&catalog, &invocation.target);
    let mut entries = Vec::new();
    let mut frames = Decoder::default();
    for part in parts {
        match description(&part) {
            None => frames.push(part),
            Some(description) => entries.push(json!({ "type": description })),
        }
    }
    let corrupt = |error: FrameError| refusal(500, format!("the journal is corrupt: {error}"));
    while let Some(frame) = frames.next_frame().map_err(corrupt)? {
        entries.push(journal.entry(&frame).map_err(corrupt)?);
    }
    let result = match invocation.phase {
        Phase::Completed(result) => journal.result(result),
        _ => Value::Null,
    };
    Ok(json!({ "id": id.to_string(), "entries": entries, "result": result }))
}
