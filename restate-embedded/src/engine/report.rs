//! What the engine logs for people.

use std::{fmt, net::SocketAddr, path::Path, time::Duration};

use restate_core::{contract::ServiceDescriptor, escape::Escaped};
use tracing::{info, warn};

use crate::{
    machine::{Event, FailedAttempt, WaitsFor},
    model::{catalog::Catalog, deployment::DeploymentId, id::InvocationId, target::Target},
};

/// Logs what has happened to an invocation, in one line.
///
/// Texts of clients and handlers are escaped: they must not forge lines, nor control a terminal.
pub(super) fn report(id: InvocationId, target: &Target, event: &Event) {
    let target = Escaped(target);
    match event {
        Event::Unbound { deployment: Some(deployment) }
            if *deployment != DeploymentId::IN_PROCESS =>
        {
            warn!(
                %id, %target, %deployment,
                "the deployment on which the invocation has started does not have its handler any more; it \
                 waits until it is resumed on another one (`resume?deployment=latest`), or killed",
            );
        }
        Event::Unbound { .. } => warn!(
            %id, %target,
            "no service that is bound or deployed has this handler; the invocation waits for one",
        ),
        Event::Deadlock { other, .. } if *other == id => {
            warn!(%id, %target, "waits for its own result, which it has only when it ends; cancel it");
        }
        Event::Deadlock { other, target: its_target, by } => {
            let its_target = Escaped(its_target);
            let what = match by {
                WaitsFor::Key => format!("its key, which {other} ({its_target}) holds"),
                WaitsFor::Result => format!("the result of {other} ({its_target})"),
            };
            warn!(
                %id, %target,
                "waits for {what}, while that waits for it in turn; unless one of the calls between \
                 them is not awaited, cancel one of the two",
            );
        }
        Event::Retrying { failure: FailedAttempt { error, step, attempt }, delay } => {
            let (error, step, delay) = (Escaped(error), shown(step), Duration::from_millis(*delay));
            warn!(%id, %target, attempt, step, "attempt failed, next try in {delay:?}: {error}");
        }
        Event::Paused { failure: FailedAttempt { error, step, attempt } } => {
            let (error, step) = (Escaped(error), shown(step));
            warn!(
                %id, %target, attempt, step,
                "attempt failed, invocation paused until it is resumed: {error}"
            );
        }
        Event::Exhausted { failure: FailedAttempt { error, step, attempt } } => {
            let (error, step) = (Escaped(error), shown(step));
            warn!(
                %id, %target, attempt, step,
                "last attempt failed, the invocation has ended: {error}"
            );
        }
        Event::PausedByHand => info!(%id, %target, "paused by hand"),
    }
}

fn shown(step: &Option<String>) -> Option<String> {
    step.as_ref().map(|step| Escaped(step).to_string())
}

/// Logs where an engine keeps its data, what it runs, and where it can be reached.
pub(super) fn report_start(
    data: Option<&Path>,
    catalog: &Catalog,
    scheme: &str,
    ingress: Option<SocketAddr>,
    admin: Option<SocketAddr>,
) {
    let services = Names(catalog);
    match data {
        Some(path) => {
            let data = path.display();
            info!(%data, %services, "the engine has started");
        }
        None => info!(%services, "the engine has started, with its data in memory only"),
    }
    if let Some(address) = ingress {
        info!("the ingress listens on {scheme}://{address}");
    }
    if let Some(address) = admin {
        info!("the admin interface listens on {scheme}://{address}");
        info!("the web page for operators is {scheme}://{address}/ui");
    }
}

/// The names of all services, such as `Counter, Greeter`.
struct Names<'a>(&'a Catalog);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.descriptors().map(ServiceDescriptor::name).collect();
        f.write_str(&names.join(", "))
    }
}
