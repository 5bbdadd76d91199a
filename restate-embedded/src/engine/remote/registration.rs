//! Registers the deployments that an engine is started with.

use std::{future::pending, time::Duration};

use tokio::{
    runtime,
    task::AbortHandle,
    time::{sleep, timeout},
};
use tracing::{info, warn};

use super::{
    address::DeploymentAddress, client::headers, discovery::discover, error::RemoteError,
    url::RemoteUrl,
};
use crate::{
    engine::{
        error::EngineBuildError,
        handle::{ControlError, EngineHandle},
    },
    machine::{Consent, DeployOutcome, Deployed, Registration},
};

/// How long to wait before a deployment is asked again that did not answer: at first, and at most.
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// How long the start of the engine waits for a deployment; most answer at once.
const START_WAIT: Duration = Duration::from_secs(1);

/// Tries to register deployments until they are; stops when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Registering(Vec<AbortHandle>);

impl Drop for Registering {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// Checks the URLs and headers of deployments.
///
/// # Errors
///
/// When one is malformed.
pub(crate) fn check(addresses: &[DeploymentAddress]) -> Result<(), EngineBuildError> {
    addresses.iter().try_for_each(|address| {
        let checked = RemoteUrl::parse(&address.url).and_then(|_| headers(&address.headers));
        let invalid = |error: RemoteError| error.to_string();
        checked
            .map(|_| ())
            .map_err(|error| EngineBuildError::InvalidDeployment { reason: invalid(error) })
    })
}

/// Registers deployments. Those that do not answer soon are asked again in the background.
pub(crate) async fn register(
    engine: &EngineHandle,
    addresses: Vec<DeploymentAddress>,
) -> Registering {
    let mut registering = Registering::default();
    for address in addresses {
        let url = address.url.clone();
        let registered = timeout(START_WAIT, try_register(engine, address.clone())).await;
        let silent = || Err(format!("it has not answered within {START_WAIT:?}"));
        if let Err(reason) = registered.unwrap_or_else(|_| silent()) {
            warn!("the deployment at {url} is not registered yet: {reason}");
            engine.awaited.add(&url);
            let task = keep_trying(engine.clone(), address);
            registering.0.push(runtime::Handle::current().spawn(task).abort_handle());
        }
    }
    registering
}

async fn keep_trying(engine: EngineHandle, address: DeploymentAddress) {
    let mut delay = FIRST_DELAY;
    loop {
        sleep(delay).await;
        match try_register(&engine, address.clone()).await {
            Ok(()) => return engine.awaited.remove(&address.url),
            Err(reason) => {
                delay = (delay * 2).min(LONGEST_DELAY);
                tracing::debug!(
                    "the deployment at {} is not registered yet: {reason}",
                    address.url
                );
            }
        }
    }
}

/// What is given at the start is the newest revision, as it is with services in this process.
async fn try_register(engine: &EngineHandle, address: DeploymentAddress) -> Result<(), String> {
    let url = address.url.clone();
    let (connection, services) =
        discover(address, &engine.security).await.map_err(|error| error.to_string())?;
    let consent = Consent { force: true, breaking: true };
    let registration = Registration { id: None, connection, services, consent, dry_run: false };
    match engine.deploy(registration).await {
        Ok(deployed) => report(&url, &deployed),
        Err(ControlError::Refused(reason) | ControlError::TooLarge(reason)) => return Err(reason),
        // The engine has stopped, which aborts this task.
        Err(ControlError::Stopped | ControlError::NotFound) => pending().await,
    }
    Ok(())
}

fn report(url: &str, deployed: &Deployed) {
    let Deployed { deployment, outcome, changes } = deployed;
    let id = deployment.id;
    let services: Vec<&str> = deployment.services.keys().copied().collect();
    let services = services.join(", ");
    match outcome {
        DeployOutcome::Added => info!(%id, %services, "the deployment at {url} is registered"),
        DeployOutcome::Replaced => info!(%id, %services, "the deployment at {url} has changed"),
        DeployOutcome::Unchanged => info!(%id, %services, "the deployment at {url} is as before"),
    }
    for breaks in changes.iter().flat_map(|change| change.breaks()) {
        warn!(%id, "the deployment at {url} breaks callers: {breaks}");
    }
}
