//! Registers the deployments that an engine is started with.

use std::time::Duration;

use tokio::{
    runtime,
    task::{AbortHandle, JoinSet},
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
    model::{deployment::Connection, manifest::ServiceManifest},
};

/// How long to wait before a deployment is asked again that did not answer: at first, and at most.
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// How long the start of the engine waits for deployments. Most answer at once; those on a slow machine that starts
/// at the same time may take seconds.
const START_WAIT: Duration = Duration::from_secs(5);

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
    let mut asking = JoinSet::new();
    for (index, address) in addresses.iter().cloned().enumerate() {
        let security = engine.security.clone();
        asking.spawn(async move {
            let answer = timeout(START_WAIT, discover(address, &security)).await;
            let silent = |_| Err(format!("it has not answered within {START_WAIT:?}"));
            (index, answer.map_or_else(silent, |found| found.map_err(|error| error.to_string())))
        });
    }
    // Where two have a service, that of the later one is newer.
    let mut answers = asking.join_all().await;
    answers.sort_unstable_by_key(|(index, _)| *index);
    let mut registering = Registering::default();
    for (address, (_, answer)) in addresses.into_iter().zip(answers) {
        let registered = match answer {
            Ok(found) => deploy(engine, &address.url, found).await,
            Err(reason) => Err(reason),
        };
        if let Err(reason) = registered {
            warn!("the deployment at {} is not registered yet: {reason}", address.url);
            engine.awaited.add(&address.url);
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

async fn try_register(engine: &EngineHandle, address: DeploymentAddress) -> Result<(), String> {
    let url = address.url.clone();
    let found = discover(address, &engine.security).await.map_err(|error| error.to_string())?;
    deploy(engine, &url, found).await
}

/// What is given at the start is the newest revision, as it is with services in this process.
async fn deploy(
    engine: &EngineHandle,
    url: &str,
    (connection, services): (Connection, Vec<ServiceManifest>),
) -> Result<(), String> {
    let consent = Consent { force: true, breaking: true };
    let registration = Registration { id: None, connection, services, consent, dry_run: false };
    match engine.deploy(registration).await {
        Ok(deployed) => report(url, &deployed),
        Err(ControlError::Refused(reason) | ControlError::TooLarge(reason)) => return Err(reason),
        // An engine that has stopped says so itself.
        Err(ControlError::Stopped | ControlError::NotFound) => {}
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

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;
    use crate::{
        engine::Engine,
        store::{Intercept, InterceptedStore, MemoryStore, Reads, Store as _, StoreError, Write},
    };

    /// A store that takes no deployments.
    struct NoDeployments;

    impl Intercept for NoDeployments {
        fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
            match write {
                Write::SetDeployment(_) => Err(StoreError::new("write", "the disk is full")),
                write => Reads::apply(memory, write),
            }
        }

        fn commit(&mut self, memory: &mut MemoryStore) -> Result<(), StoreError> {
            memory.commit()
        }
    }

    /// The URL of a deployment that describes itself once.
    fn described_once() -> String {
        const MANIFEST: &str = r#"{"protocolMode":"REQUEST_RESPONSE","minProtocolVersion":5,"maxProtocolVersion":7,
            "services":[{"name":"Mailer","ty":"SERVICE","handlers":[{"name":"send"}]}]}"#;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = BufReader::new(stream.try_clone().unwrap());
            let headers =
                request.lines().take_while(|line| line.as_ref().is_ok_and(|it| !it.is_empty()));
            assert_ne!(headers.count(), 0);
            let length = MANIFEST.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.restate.endpointmanifest.v4+json\r\n\
                 content-length: {length}\r\n\r\n{MANIFEST}"
            )
            .unwrap();
        });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_store_that_fails_meanwhile_stops_the_engine_and_not_the_start() {
        let store = InterceptedStore { memory: MemoryStore::default(), intercept: NoDeployments };
        let deployment = DeploymentAddress::new(described_once()).use_http_11();
        let start = Engine::builder().store(store).deployment(deployment).start();
        let engine = timeout(Duration::from_secs(60), start).await.unwrap().unwrap();
        let error = engine.run_until(std::future::pending::<()>()).await.unwrap_err().to_string();
        assert!(error.contains("the disk is full"), "{error}");
    }
}
