//! A Restate server for one test, on free ports, with its data in a temporary directory.

mod launch;

use std::{fs, net::SocketAddr, process::Child, time::Duration};

use tempfile::TempDir;

use crate::{client, process::OwnedChild};

pub use launch::{Addresses, PATH_VARIABLE, command};

/// A running server. Dropping this kills it and removes its data.
#[derive(Debug)]
pub struct RestateServer {
    process: OwnedChild,
    directory: TempDir,
    addresses: Addresses,
    name: String,
    environment: Vec<(String, String)>,
}

impl RestateServer {
    /// Starts a server in its default configuration, and waits until it accepts requests.
    ///
    /// # Panics
    ///
    /// If no server is installed or it does not start; the message says what to do.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with these environment variables, such as
    /// `RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT`, and waits until it accepts requests.
    ///
    /// # Panics
    ///
    /// If no server is installed or it does not start; the message says what to do.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(owned).collect();
        let mut server = Self::spawn("test".to_owned(), Addresses::free(), environment);
        server.wait_until_ready().await;
        server
    }

    /// Starts a server without waiting for it.
    pub(crate) fn spawn(
        name: String,
        addresses: Addresses,
        environment: Vec<(String, String)>,
    ) -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let process = start(&directory, &name, addresses, &environment).into();
        Self { process, directory, addresses, name, environment }
    }

    /// Kills the server, as a power failure would, and starts it again on its data.
    ///
    /// # Panics
    ///
    /// If it does not start again.
    pub async fn crash_and_restart(&mut self) {
        self.crash();
        self.restart().await;
    }

    /// Kills the server, as a power failure would.
    pub fn crash(&mut self) {
        self.process.end();
    }

    /// Stops the server gracefully, and starts it again on its data.
    ///
    /// # Panics
    ///
    /// If it does not start again.
    pub async fn stop_and_restart(&mut self) {
        let id = rustix::process::Pid::from_child(&self.process);
        // An error means that it has already exited.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        self.restart().await;
    }

    /// Starts the server again on its data, when it has ended.
    ///
    /// # Panics
    ///
    /// If it does not end, or does not start again.
    pub async fn restart(&mut self) {
        let exited = async {
            while let Ok(None) = self.process.try_wait() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let exited = tokio::time::timeout(PATIENCE, exited).await;
        assert!(exited.is_ok(), "the server does not stop within {PATIENCE:?}\n{}", self.log());
        self.process = start(&self.directory, &self.name, self.addresses, &self.environment).into();
        self.wait_until_ready().await;
    }

    /// The address of the ingress.
    pub fn ingress(&self) -> SocketAddr {
        self.addresses.ingress
    }

    /// The address of the admin API.
    pub fn admin(&self) -> SocketAddr {
        self.addresses.admin
    }

    /// Registers the deployment at `endpoint`.
    ///
    /// # Panics
    ///
    /// If the server refuses it; the message is the server's.
    pub async fn register(&self, endpoint: SocketAddr) {
        self.register_with(endpoint, "").await;
    }

    /// Like [`register`](Self::register), but over HTTP/1.1.
    ///
    /// # Panics
    ///
    /// If the server refuses it; the message is the server's.
    pub async fn register_http1(&self, endpoint: SocketAddr) {
        self.register_with(endpoint, r#","use_http_11":true"#).await;
    }

    async fn register_with(&self, endpoint: SocketAddr, more: &str) {
        let deployment = format!(r#"{{"uri":"http://{endpoint}"{more}}}"#);
        let answer = client::post_json(self.admin(), "/deployments", deployment)
            .await
            .unwrap_or_else(|error| panic!("no answer from the server: {error}"));
        assert!(
            answer.status.is_success(),
            "the server refuses the deployment: {}\n{}",
            answer.text(),
            self.log()
        );
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Waits until the server answers queries: it accepts requests before all of its partitions have started.
    ///
    /// # Panics
    ///
    /// If it does not answer them.
    pub async fn wait_until_queryable(&self) {
        let query = r#"{"query":"SELECT count(*) FROM state"}"#;
        let answered = async {
            while !client::post_json(self.admin(), "/query", query)
                .await
                .is_ok_and(|answer| answer.status.is_success())
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let answered = tokio::time::timeout(PATIENCE, answered).await;
        assert!(answered.is_ok(), "the server answers no queries\n{}", self.log());
    }

    /// Waits until the server accepts requests.
    pub(crate) async fn wait_until_ready(&mut self) {
        let ready = async {
            while !self.addresses.are_ready().await {
                if let Ok(Some(status)) = self.process.try_wait() {
                    panic!("the server has exited with {status}\n{}", self.log());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, ready).await.is_err() {
            panic!("the server is not ready after {PATIENCE:?}\n{}", self.log());
        }
    }
}

/// Time for a server to start or stop, with reserves for a machine that runs other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

fn start(
    directory: &TempDir,
    name: &str,
    addresses: Addresses,
    environment: &[(String, String)],
) -> Child {
    let started = command(directory.path(), addresses)
        .args(["--node-name", name])
        .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
        .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MB")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .spawn();
    started.unwrap_or_else(|error| panic!("the server cannot be started: {error}"))
}
