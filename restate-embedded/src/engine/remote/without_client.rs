//! What becomes of attempts on deployments in a program without the HTTP client.

use std::sync::Arc;

use tokio::runtime;

use super::{ExchangeTarget, Reporter};
use crate::{
    engine::{attempt::AttemptTask, inbox::Inbox, pipe::Pipe},
    model::{catalog::Catalog, deployment::Deployment},
};

/// Reaches no deployment.
#[derive(Debug, Default)]
pub(crate) struct Remotes {}

impl Remotes {
    /// Has no connections that could be closed.
    #[expect(clippy::unused_self, reason = "the other one has connections")]
    pub(crate) fn keep(&mut self, _: &Catalog) {}

    /// Starts an attempt, which fails.
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_value,
        reason = "the other one has connections, and keeps the target"
    )]
    pub(crate) fn start(
        &mut self,
        _: &Arc<Deployment>,
        target: ExchangeTarget,
        inbox: &Arc<Inbox>,
        runtime: &runtime::Handle,
    ) -> AttemptTask {
        let ExchangeTarget { id, attempt, .. } = target;
        let reporter = Reporter { id, attempt, inbox: Arc::clone(inbox) };
        let task = runtime.spawn(async move {
            let reason =
                "this program cannot reach deployments; build it with the feature `deployments`";
            reporter.failed(reason.to_owned());
        });
        AttemptTask::elsewhere(Arc::new(Pipe::new(None)), task.abort_handle())
    }
}
