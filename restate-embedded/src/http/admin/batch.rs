//! Operations on lists of invocations, as Restate's web interface sends them.

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{
    Admin,
    reply::AdminResult,
    restart::{Restarted, restart},
    route::{BatchOperation, resume_on},
    stopped,
};
use crate::{
    http::refusal::refusal,
    machine::{Control, Outcome, ResumeOn},
    model::id::InvocationId,
};

/// The longest list, as on a Restate server.
const MAX_LENGTH: usize = 1000;

/// Does the same to each invocation of the body; says of each whether it was done.
pub(super) async fn carry_out(
    admin: &Admin,
    operation: BatchOperation,
    body: &[u8],
) -> AdminResult {
    let request = BatchRequest::read(body)?;
    match operation {
        BatchOperation::Control(Control::Resume(_)) => {
            let on = resume_on(request.deployment.as_deref().unwrap_or("keep"))?;
            control(admin, request.ids, Control::Resume(on)).await
        }
        BatchOperation::Control(operation) => {
            request.check_no_deployment()?;
            control(admin, request.ids, operation).await
        }
        BatchOperation::Restart => {
            let on = resume_on(request.deployment.as_deref().unwrap_or("latest"))?;
            restart_all(admin, request.ids, on).await
        }
    }
}

struct BatchRequest {
    ids: Vec<InvocationId>,
    deployment: Option<String>,
}

impl BatchRequest {
    fn read(body: &[u8]) -> Result<Self, TerminalError> {
        let malformed =
            || refusal(400, r#"the body is not of the form {"invocation_ids": ["inv_1.."]}"#);
        let body: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
        let fields = body.as_object().ok_or_else(malformed)?;
        if fields.keys().any(|name| !["invocation_ids", "deployment"].contains(&name.as_str())) {
            return Err(malformed());
        }
        let ids = body["invocation_ids"].as_array().ok_or_else(malformed)?;
        let length = ids.len();
        if length > MAX_LENGTH {
            let message =
                format!("{length} invocations are listed; at most {MAX_LENGTH} are allowed");
            return Err(refusal(400, message));
        }
        let ids = ids.iter().map(|id| {
            let id = id.as_str().ok_or_else(malformed)?;
            id.parse().map_err(|error| refusal(400, format!("`{id}`: {error}")))
        });
        let deployment = match &body["deployment"] {
            Value::Null => None,
            Value::String(deployment) => Some(deployment.clone()),
            _ => return Err(malformed()),
        };
        Ok(Self { ids: ids.collect::<Result<_, _>>()?, deployment })
    }

    fn check_no_deployment(&self) -> Result<(), TerminalError> {
        match self.deployment.as_deref() {
            None | Some("keep" | "Keep") => Ok(()),
            Some(_) => {
                let message =
                    "`deployment` is only for `resume` and `restart-as-new`; leave it out";
                Err(refusal(400, message))
            }
        }
    }
}

async fn control(admin: &Admin, ids: Vec<InvocationId>, control: Control) -> AdminResult {
    admin.check_deployment(control)?;
    let outcomes = admin.engine.control_many(ids, control).await.map_err(|_| stopped())?;
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for (id, outcome) in outcomes {
        match outcome {
            Outcome::Done => succeeded.push(id.to_string()),
            Outcome::Missing => failed.push(failure(id, super::not_found(id).message())),
            Outcome::Refused(reason) => failed.push(failure(id, &reason)),
        }
    }
    Ok(json!({ "succeeded": succeeded, "failed": failed }))
}

async fn restart_all(admin: &Admin, ids: Vec<InvocationId>, on: ResumeOn) -> AdminResult {
    admin.check_deployment(Control::Resume(on))?;
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for id in ids {
        match restart(admin, id, Restarted::on(on)).await {
            Ok(restarted) => succeeded.push(json!({
                "old_invocation_id": id.to_string(),
                "new_invocation_id": restarted["new_invocation_id"],
            })),
            Err(error) => failed.push(failure(id, error.message())),
        }
    }
    Ok(json!({ "succeeded": succeeded, "failed": failed }))
}

fn failure(id: InvocationId, error: &str) -> Value {
    json!({ "invocation_id": id.to_string(), "error": error })
}
