//! A workflow that waits for a person, with a reminder and a deadline.

use std::time::Duration;

use restate::{
    Engine, HandlerResult, SharedWorkflowContext, TerminalError, WorkflowContext,
    embedded::shutdown_signal,
};

#[cfg(test)]
mod tests;

/// The code that is generated from `approval.proto`.
mod contract {
    restate::include_proto!("cookbook.approval.v1");
}
use contract::{Approval, ApprovalServer, Claim, Decision, Outcome, StatusRequest};

const DAY: Duration = Duration::from_secs(86_400);

struct ByManager;

#[restate::handlers]
impl Approval for ByManager {
    async fn run(&self, ctx: WorkflowContext<'_>, claim: Claim) -> HandlerResult<Outcome> {
        ctx.set("status", "waiting".to_owned());
        ctx.run(|| mail(&claim, "please decide")).name("ask").await?;
        let status = match decision(ctx, 3 * DAY).await? {
            Some(decision) => decision,
            None => {
                ctx.run(|| mail(&claim, "please decide soon")).name("remind").await?;
                decision(ctx, 4 * DAY).await?.unwrap_or("expired".to_owned())
            }
        };
        ctx.set("status", status.clone());
        Ok(Outcome { status })
    }

    async fn decide(
        &self,
        ctx: SharedWorkflowContext<'_>,
        decision: Decision,
    ) -> HandlerResult<()> {
        // A second decision fails with code 409.
        Ok(ctx.promise("decision").resolve(decision).await?)
    }

    async fn status(
        &self,
        ctx: SharedWorkflowContext<'_>,
        _: StatusRequest,
    ) -> HandlerResult<Outcome> {
        let status = ctx.get::<String>("status").await?;
        Ok(Outcome { status: status.unwrap_or("unknown".to_owned()) })
    }
}

/// Waits up to this long for the decision. No time passes for a suspended handler: the timer is in the journal.
async fn decision(
    ctx: WorkflowContext<'_>,
    at_most: Duration,
) -> Result<Option<String>, TerminalError> {
    match ctx.timeout(at_most, ctx.promise::<Decision>("decision")).await {
        Ok(decision) => {
            let Decision { approved, by } = decision?;
            let verb = if approved { "approved" } else { "refused" };
            Ok(Some(format!("{verb} by {by}")))
        }
        Err(error) if error.code() == 408 => Ok(None),
        Err(error) => Err(error),
    }
}

/// In place of a mail server.
async fn mail(claim: &Claim, text: &str) -> HandlerResult<()> {
    println!("{} claims {} cents: {text}", claim.employee, claim.cents);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let engine = Engine::builder()
        .bind(ApprovalServer::new(ByManager))
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
