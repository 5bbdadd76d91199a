//! The engine that calls the handlers: the embedded engine in a process of its own, or a Restate server.

use std::{net::SocketAddr, path::Path};

use restate_tests::{port::free_address, process::OwnedChild, server::RestateServer};

use crate::platform::start;

/// Which engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    Embedded,
    Server,
}

pub enum Engine {
    Embedded {
        ingress: SocketAddr,
        arguments: Vec<String>,
        /// `None` while it is down.
        process: Option<OwnedChild>,
    },
    Server {
        server: RestateServer,
        is_down: bool,
    },
}

/// By default, a server waits longer for its next attempt than a test should.
const SOON: [(&str, &str); 2] = [
    ("RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL", "2ms"),
    ("RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL", "20ms"),
];

impl Engine {
    /// Starts an engine with its data in `directory`, which knows the handlers at `deployment`. These run.
    pub async fn start_new(runtime: Runtime, directory: &Path, deployment: SocketAddr) -> Self {
        match runtime {
            Runtime::Embedded => {
                let ingress = free_address();
                let data = directory.join("engine").display().to_string();
                let (at, deployment) = (ingress.to_string(), deployment.to_string());
                let arguments = ["--ingress", &at, "--deployment", &deployment, "--data", &data];
                let arguments = arguments.map(str::to_owned).to_vec();
                let mut engine = Self::Embedded { ingress, arguments, process: None };
                engine.start().await;
                engine
            }
            Runtime::Server => {
                let server = RestateServer::start_with(&SOON).await;
                server.register(deployment).await;
                Self::Server { server, is_down: false }
            }
        }
    }

    /// Starts it again, if it is down.
    pub async fn start(&mut self) {
        match self {
            Self::Embedded { arguments, process: process @ None, .. } => {
                *process = Some(start(arguments.clone()).await);
            }
            Self::Server { server, is_down: is_down @ true } => {
                server.restart().await;
                *is_down = false;
            }
            Self::Embedded { .. } | Self::Server { .. } => {}
        }
    }

    /// Kills it, as a power failure would.
    pub fn kill(&mut self) {
        match self {
            Self::Embedded { process, .. } => *process = None,
            Self::Server { server, is_down } => {
                server.crash();
                *is_down = true;
            }
        }
    }

    pub fn ingress(&self) -> SocketAddr {
        match self {
            Self::Embedded { ingress, .. } => *ingress,
            Self::Server { server, .. } => server.ingress(),
        }
    }
}
