//! A Restate server in its default configuration, except for addresses and the data directory.

use std::{net::SocketAddr, path::Path, time::Duration};

use restate_tests::{
    client,
    server::{Addresses, command},
};

use crate::{Failed, process::Process};

/// A running server.
#[derive(Debug)]
pub(crate) struct RestateServer {
    pub(crate) process: Process,
    addresses: Addresses,
}

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

impl RestateServer {
    /// Starts a server and waits until it takes requests.
    pub(crate) async fn start(data: &Path) -> Result<Self, Failed> {
        let addresses = Addresses::free();
        let process = Process::start(&mut command(data, addresses))?;
        let mut server = Self { process, addresses };
        tokio::time::timeout(PATIENCE, server.wait_until_ready())
            .await
            .map_err(|_| Failed::new("the Restate server does not get ready"))??;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> Result<(), Failed> {
        while !self.addresses.are_ready().await {
            if self.process.has_exited() {
                return Err(Failed::new("the Restate server has exited"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// The address of the ingress.
    pub(crate) fn ingress(&self) -> SocketAddr {
        self.addresses.ingress
    }

    /// Registers the deployment at `endpoint`.
    pub(crate) async fn register(&self, endpoint: SocketAddr) -> Result<(), Failed> {
        let deployment = format!(r#"{{"uri":"http://{endpoint}"}}"#);
        let answer = client::post_json(self.addresses.admin, "/deployments", deployment).await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(Failed::new(format!("the Restate server answers {}", answer.text()))),
        }
    }
}
