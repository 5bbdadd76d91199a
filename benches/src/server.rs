//! A Restate server as anybody would start it: only addresses and the place of its data are set.

use std::{
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use restate_tests::{client, port::free_address, server::locate};

use crate::{Failed, process::Process};

/// A running server.
#[derive(Debug)]
pub(crate) struct RestateServer {
    pub(crate) process: Process,
    pub(crate) ingress: SocketAddr,
    admin: SocketAddr,
}

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

impl RestateServer {
    /// Starts a server and waits until it takes requests.
    pub(crate) async fn start(data: &Path) -> Result<Self, Failed> {
        let (ingress, admin, node) = (free_address(), free_address(), free_address());
        let temporary = data.join("tmp");
        std::fs::create_dir_all(&temporary)?;
        let log = File::create(data.join("log"))?;
        let mut command = Command::new(locate());
        command
            .args(["--no-logo", "--listen-mode", "tcp", "--base-dir"])
            .arg(data.join("data"))
            .env("TMPDIR", temporary)
            .env("RESTATE_INGRESS__BIND_ADDRESS", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_ADDRESS", admin.to_string())
            .env("RESTATE_BIND_ADDRESS", node.to_string())
            .env("RESTATE_ADVERTISED_ADDRESS", format!("http://{node}"))
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let process = Process::start(&mut command)?;
        let mut server = Self { process, ingress, admin };
        tokio::time::timeout(PATIENCE, server.wait_until_ready())
            .await
            .map_err(|_| Failed::new("the Restate server does not get ready"))??;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> Result<(), Failed> {
        while !(is_healthy(self.ingress, "/restate/health").await
            && is_healthy(self.admin, "/health").await)
        {
            if self.process.has_exited() {
                return Err(Failed::new("the Restate server has exited"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Tells the server that services are at `endpoint`.
    pub(crate) async fn register(&self, endpoint: SocketAddr) -> Result<(), Failed> {
        let deployment = format!(r#"{{"uri":"http://{endpoint}"}}"#);
        let answer = client::post_json(self.admin, "/deployments", deployment).await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(Failed::new(format!("the Restate server answers {}", answer.text()))),
        }
    }
}

async fn is_healthy(address: SocketAddr, path: &str) -> bool {
    client::get(address, path).await.is_ok_and(|answer| answer.status.is_success())
}
