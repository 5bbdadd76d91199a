#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Duration;

use restate_core::{HandlerResult, Service, SharedWorkflowContext, WorkflowContext};

#[restate_core::workflow(
    name = "Signup",
    workflow_retention = "7d",
    inactivity_timeout = "10m",
    lazy_state = true,
    retries(initial_interval = "50ms", factor = 2, max_attempts = 5, on_max_attempts = "kill")
)]
pub trait Signup {
    #[handler(journal_retention = "1d")]
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
    #[handler(
        name = "Confirm",
        private = true,
        idempotency_retention = "12h",
        keep_headers("authorization", "cookie")
    )]
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

struct Mails;

impl Signup for Mails {
    async fn run(&self, _: WorkflowContext<'_>) -> HandlerResult<()> {
        Ok(())
    }

    async fn confirm(&self, _: SharedWorkflowContext<'_>) -> HandlerResult<()> {
        Ok(())
    }
}

#[test]
fn settings_reach_the_descriptor() {
    let server = SignupServer::new(Mails);
    let (service, days) =
        (server.descriptor(), |days: u64| Some(Duration::from_secs(days * 86_400)));
    let [run, confirm] = service.handlers() else { panic!("two handlers") };
    assert_eq!(service.settings.inactivity_timeout, Some(Duration::from_secs(600)));
    assert_eq!(service.settings.lazy_state, Some(true));
    assert_eq!(service.settings.retry_policy.max_attempts, Some(5));
    assert_eq!(service.settings.retry_policy.factor, Some(2.0));
    assert_eq!(run.settings.workflow_retention, days(7));
    assert_eq!(run.settings.journal_retention, days(1));
    assert_eq!(confirm.name(), "Confirm");
    assert_eq!(confirm.settings.private, Some(true));
    assert_eq!(confirm.settings.keep_headers, Some(&["authorization", "cookie"][..]));
    assert_eq!(confirm.settings.idempotency_retention, Some(Duration::from_secs(43_200)));
}
