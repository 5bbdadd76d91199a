//! What runs the handlers of a platform that reaches them over HTTP.

use std::{net::SocketAddr, sync::OnceLock};

use restate_endpoint::{Endpoint, EndpointBuilder};
use restate_tests::{
    endpoint::RunningEndpoint, port::free_address, services::Bound,
    services_program::ServicesProgram,
};

/// The program and arguments that `--services` names.
pub static PROGRAM: OnceLock<Vec<String>> = OnceLock::new();

/// A process with services, and how it starts again.
pub enum Handlers {
    /// Services of this crate, in this process.
    Endpoint {
        /// `None` only during a restart.
        running: Option<RunningEndpoint>,
        address: SocketAddr,
        services: Vec<Bound>,
        identity_key: Option<&'static str>,
    },
    /// The suite's services in another program.
    Program(ServicesProgram),
}

impl Handlers {
    /// Starts these services in this process.
    pub async fn endpoint(services: Vec<Bound>, identity_key: Option<&'static str>) -> Self {
        let address = free_address();
        let running = Some(serve(&services, identity_key, address).await);
        Self::Endpoint { running, address, services, identity_key }
    }

    /// Starts the program that `--services` names.
    pub async fn program(identity_key: Option<&'static str>) -> Self {
        let command = PROGRAM.get().expect("platforms with a program are planned if there is one");
        let keys = identity_key.map(|key| {
            // SDKs read either.
            ["E2E_REQUEST_SIGNING", "E2E_REQUEST_SIGNING_ENV"].map(|name| (name, key.to_owned()))
        });
        let environment = keys.into_iter().flatten().collect();
        Self::Program(ServicesProgram::start(command, environment).await)
    }

    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Endpoint { address, .. } => *address,
            Self::Program(program) => program.address(),
        }
    }

    pub async fn crash(&mut self) {
        match self {
            Self::Endpoint { running, address, services, identity_key } => {
                if let Some(endpoint) = running.take() {
                    endpoint.crash().await;
                }
                *running = Some(serve(services, *identity_key, *address).await);
            }
            Self::Program(program) => program.crash_and_restart().await,
        }
    }

    pub async fn restart(&mut self) {
        match self {
            Self::Endpoint { running, address, services, identity_key } => {
                if let Some(endpoint) = running.take() {
                    endpoint.stop().await;
                }
                *running = Some(serve(services, *identity_key, *address).await);
            }
            Self::Program(program) => program.stop_and_restart().await,
        }
    }
}

async fn serve(
    services: &[Bound],
    identity_key: Option<&str>,
    address: SocketAddr,
) -> RunningEndpoint {
    RunningEndpoint::start(endpoint_of(services, identity_key), address).await
}

fn endpoint_of(services: &[Bound], identity_key: Option<&str>) -> EndpointBuilder {
    let builder =
        services.iter().cloned().fold(Endpoint::builder(), |builder, it| builder.bind(it));
    match identity_key {
        Some(key) => builder.identity_key(key),
        None => builder,
    }
}
