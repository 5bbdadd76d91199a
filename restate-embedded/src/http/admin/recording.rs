use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{not_found, reply::AdminResult, stopped};
use crate::{
    engine::handle::EngineHandle,
    http::refusal::refusal,
    model::{id::InvocationId, sealed::description},
    recording::{Recording, Reveal},
    store::{Store, StoreError},
};

/// The journal of an invocation as a file that tests replay.
pub(super) async fn record(engine: &EngineHandle, id: InvocationId, reveal: Reveal) -> AdminResult {
    let read = move |_: &_, store: &mut dyn Store| {
        Ok((store.invocation(id)?, store.journal(id, u32::MAX)?))
    };
    let found = engine.inspect(read).await.map_err(|_| stopped())?;
    let (invocation, parts) =
        found.map_err(|error: StoreError| TerminalError::with_code(500, error.to_string()))?;
    let Some(invocation) = invocation else { return Err(not_found(id)) };
    if parts.iter().any(|part| description(part).is_some()) {
        let message = "the journal is encrypted, and this engine has not its keys; record from the engine \
                       that has them, while it runs";
        return Err(refusal(409, message));
    }
    let catalog = engine.catalog();
    let service = invocation.target.service.clone();
    let is_hidden = catalog.hides_values(&service) && catalog.descriptor(&service).is_none();
    if is_hidden && reveal != Reveal::All {
        let message = format!(
            "messages of `{service}` have fields that people must not see, and only its contract tells \
             which; record from an engine that has the service, or everything as it is stored, with \
             `--reveal all`"
        );
        return Err(refusal(403, message));
    }
    let recording = Recording::of(invocation, parts, &catalog);
    Ok(match recording.map(|recording| recording.redacted_by(&catalog, reveal)) {
        Some(recording) => json!({
            "recording": recording.document(),
            "shape": recording.shape(),
            "entries": recording.entries().len(),
        }),
        None => json!({ "recording": Value::Null }),
    })
}
