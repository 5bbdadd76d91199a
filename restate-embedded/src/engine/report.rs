//! What the engine logs for people.

use std::{fmt, net::SocketAddr, path::Path, time::Duration};

use restate_core::{contract::ServiceDescriptor, escape::Escaped};
use tracing::{field::display, info, warn};

use crate::{
    machine::{Event, WaitsFor},
    model::{catalog::Catalog, deployment::DeploymentId, id::InvocationId, target::Target},
};

/// Logs what has happened to an invocation, in one line.
///
/// Texts of clients and handlers are escaped: they must not forge lines, nor control a terminal.
pub(super) fn report(id: InvocationId, target: &Target, event: &Event) {
    let (service, handler) = (Escaped(&target.service), Escaped(&target.handler));
    let key = (!target.key.is_empty()).then(|| display(Escaped(&target.key)));
    let scope = target.scope.as_ref().map(|scope| display(Escaped(scope)));
    let failure = event.failure();
    let attempt = failure.map(|failure| failure.attempt);
    let step = failure.and_then(|failure| failure.step.as_ref()).map(|it| Escaped(it).to_string());
    let text = Sentence { id, event };
    match event {
        Event::PausedByHand => info!(%id, %service, %handler, key, scope, "{text}"),
        _ => warn!(%id, %service, %handler, key, scope, attempt, step, "{text}"),
    }
}

/// Logs that an invocation is paused with which the process has died.
pub(super) fn report_fatal(id: InvocationId, target: &Target, error: &str) {
    let (service, handler) = (Escaped(&target.service), Escaped(&target.handler));
    let key = (!target.key.is_empty()).then(|| display(Escaped(&target.key)));
    warn!(%id, %service, %handler, key, "invocation paused until it is resumed: {error}");
}

/// What a log line says of an event, without the names of the invocation.
struct Sentence<'a> {
    id: InvocationId,
    event: &'a Event,
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.event {
            Event::Unbound { deployment: Some(deployment) }
                if *deployment != DeploymentId::IN_PROCESS =>
            {
                write!(
                    f,
                    "the deployment {deployment}, on which the invocation has started, does not have its \
                     handler any more; it waits until it is resumed on another one \
                     (`resume?deployment=latest`), or killed"
                )
            }
            Event::Unbound { .. } => f.write_str(
                "no service that is bound or deployed has this handler; the invocation waits for one",
            ),
            Event::Deadlock { other, .. } if *other == self.id => {
                f.write_str("waits for its own result, which it has only when it ends; cancel it")
            }
            Event::Deadlock { other, target, by } => {
                let target = Escaped(target);
                match by {
                    WaitsFor::Key => write!(f, "waits for its key, which {other} ({target}) holds")?,
                    WaitsFor::Result => write!(f, "waits for the result of {other} ({target})")?,
                }
                f.write_str(
                    ", while that waits for it in turn; unless one of the calls between them is not \
                     awaited, cancel one of the two",
                )
            }
            Event::Retrying { failure, delay } => {
                let (error, delay) = (Escaped(&failure.error), Duration::from_millis(*delay));
                write!(f, "attempt failed, next try in {delay:?}: {error}")
            }
            Event::Paused { failure } => {
                let error = Escaped(&failure.error);
                write!(f, "attempt failed, invocation paused until it is resumed: {error}")
            }
            Event::Exhausted { failure } => {
                let error = Escaped(&failure.error);
                write!(f, "last attempt failed, the invocation has ended: {error}")
            }
            Event::PausedByHand => f.write_str("paused by hand"),
        }
    }
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
