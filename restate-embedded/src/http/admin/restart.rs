//! `restart-as-new`: a completed invocation is executed again, from its beginning or from an entry of its
//! journal.

use bytes::Bytes;
use restate_core::{TerminalError, contract::ServiceKind, wire::protocol::VERSION};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{Admin, control_error, not_found, reply::AdminResult, route::resume_on, stopped};
use crate::{
    engine::handle::ControlError,
    http::refusal::refusal,
    machine::{Machine, PrefixError, Restart, ResumeOn, prefix},
    model::{deployment::DeploymentId, id::InvocationId, sealed::description},
    store::{JournalReader, Phase, Store, StoreError, StoredInvocation},
};

/// What the new invocation keeps, and where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Restarted {
    /// The index of the last entry that is kept; that of the input is 0.
    from: u32,
    on: ResumeOn,
}

impl Default for Restarted {
    fn default() -> Self {
        Self::on(ResumeOn::Newest)
    }
}

impl Restarted {
    /// Nothing is kept; the new invocation runs there.
    pub(super) fn on(on: ResumeOn) -> Self {
        Self { from: 0, on }
    }

    /// Reads the parameters of a query.
    pub(super) fn read(query: Option<&str>) -> Result<Self, TerminalError> {
        let mut restarted = Self::default();
        for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|it| !it.is_empty())
        {
            match pair.split_once('=') {
                Some(("from", index)) => {
                    restarted.from = index.parse().map_err(|_| {
                        refusal(400, format!("from `{index}` is not the index of an entry"))
                    })?;
                }
                Some(("deployment", on)) => restarted.on = resume_on(on)?,
                _ => {
                    let message = format!(
                        "no such parameter: `{pair}`; the parameters are `from`, the index of the last entry \
                         to keep, and `deployment` (`latest`, `keep`, or an id)"
                    );
                    return Err(refusal(400, message));
                }
            }
        }
        Ok(restarted)
    }
}

/// Executes a completed invocation again. Returns the id of the new one.
pub(super) async fn restart(admin: &Admin, id: InvocationId, restarted: Restarted) -> AdminResult {
    let Restarted { from, on } = restarted;
    let Predecessor { invocation, input, journal } = completed(admin, id, from).await?;
    let protocol = invocation.journal_protocol().unwrap_or(VERSION);
    let StoredInvocation { target, limit_key, deployment, random_seed, .. } = invocation;
    let restart = Restart {
        target,
        limit_key,
        input,
        // The random numbers of what is kept must stay what they were.
        random_seed: (from > 0).then(|| random_seed.unwrap_or_else(|| id.random_seed())),
        journal,
        deployment: deployment.unwrap_or(DeploymentId::IN_PROCESS),
        protocol,
        on,
    };
    match admin.engine.restart(restart).await {
        Ok(new) => Ok(json!({ "new_invocation_id": new.to_string() })),
        Err(ControlError::Refused(reason)) => Err(refused(400, id, &reason)),
        Err(error) => Err(control_error(id, error)),
    }
}

/// What is left of a completed invocation.
struct Predecessor {
    invocation: StoredInvocation,
    input: Bytes,
    /// The entries to keep.
    journal: Vec<Bytes>,
}

async fn completed(
    admin: &Admin,
    id: InvocationId,
    from: u32,
) -> Result<Predecessor, TerminalError> {
    type Inspected = (Option<StoredInvocation>, Vec<Bytes>, Option<Box<dyn JournalReader>>, bool);

    let look = move |machine: &Machine, store: &mut dyn Store| {
        // A store without a reader gives away its journal at no cost.
        let reader = store.reader().filter(|_| from > 0);
        let parts = if from > 0 && reader.is_none() { u32::MAX } else { 0 };
        let journal = store.journal(id, parts)?;
        Ok::<Inspected, StoreError>((store.invocation(id)?, journal, reader, machine.has_begun(id)))
    };
    let found = admin.engine.inspect(look).await.map_err(|_| stopped())?;
    let (invocation, journal, reader, has_begun) = found.map_err(|error| unreadable(&error))?;
    let Some(invocation) = invocation else { return Err(not_found(id)) };
    if !matches!(invocation.phase, Phase::Completed(_)) {
        return Err(match has_begun {
            true => refused(409, id, "it is not complete; wait, or cancel or kill it first"),
            false => refused(425, id, "it has not begun; wait, or cancel or kill it first"),
        });
    }
    if is_of_workflow(admin, &invocation) {
        return Err(refused(422, id, "it is one of a workflow, which runs once for its key"));
    }
    let mut journal = match reader {
        Some(reader) => {
            // It sees what is committed.
            admin.settle().await?;
            read(reader, id).await?
        }
        None => journal,
    };
    for (part, frames) in journal.iter().enumerate() {
        if let Some(description) = description(frames) {
            let what = if part == 0 { "input" } else { "journal" };
            let reason = format!("its {what} is {description}; give the engine that key");
            return Err(refused(409, id, &reason));
        }
    }
    if journal.first().is_none_or(Bytes::is_empty) {
        let reason =
            "its input is not retained; set a journal retention for the engine or in the contract";
        return Err(refused(410, id, reason));
    }
    let input = journal.remove(0);
    let journal = prefix(journal, from).map_err(|error| match error {
        PrefixError::Corrupt(_) => refused(500, id, &error.to_string()),
        _ => refused(400, id, &error.to_string()),
    })?;
    Ok(Predecessor { invocation, input, journal })
}

/// Reads a journal on another thread, as it may be long.
async fn read(
    mut reader: Box<dyn JournalReader>,
    id: InvocationId,
) -> Result<Vec<Bytes>, TerminalError> {
    let read = spawn_blocking(move || reader.journal(id, u32::MAX));
    read.await.map_err(|_| stopped())?.map_err(|error| unreadable(&error))
}

fn is_of_workflow(admin: &Admin, invocation: &StoredInvocation) -> bool {
    let StoredInvocation { target, deployment, idempotency_key, .. } = invocation;
    let catalog = admin.engine.catalog();
    let kind = catalog.service_kind_on(&target.service, *deployment);
    let kind = kind.or_else(|| catalog.service_kind_on(&target.service, None));
    kind == Some(ServiceKind::Workflow) || idempotency_key.as_deref() == Some("")
}

fn unreadable(error: &StoreError) -> TerminalError {
    TerminalError::with_code(500, error.to_string())
}

fn refused(code: u16, id: InvocationId, reason: &str) -> TerminalError {
    refusal(code, format!("{id} cannot be restarted as a new invocation: {reason}"))
}
