//! A Restate server of a test's own, on free ports, with its data in a temporary directory.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{client, port::free_address};

/// The environment variable that names a server to use in place of the installed one.
pub const PATH_VARIABLE: &str = "RESTATE_SERVER";

/// A running server; it is stopped and its data removed when this is dropped.
#[derive(Debug)]
pub struct RestateServer {
    process: Child,
    directory: TempDir,
    addresses: Addresses,
    name: String,
    environment: Vec<(String, String)>,
}

/// Where a server listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) ingress: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// Where the nodes of a cluster reach it.
    pub(crate) node: SocketAddr,
}

impl RestateServer {
    /// Starts a server with its default configuration and waits until it takes requests.
    ///
    /// # Panics
    ///
    /// When there is no server, or it does not start; the message says what to do.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with these variables in its environment, as
    /// `RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT`, and waits until it takes requests.
    ///
    /// # Panics
    ///
    /// When there is no server, or it does not start; the message says what to do.
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
        let process = start(&directory, &name, addresses, &environment);
        Self { process, directory, addresses, name, environment }
    }

    /// Kills the server as a power failure would, and starts it again on what it has kept.
    ///
    /// # Panics
    ///
    /// When it does not start again.
    pub async fn crash_and_restart(&mut self) {
        // An error means that it has exited already.
        let _ = self.process.kill();
        self.restart().await;
    }

    /// Asks the server to stop, and starts it again on what it has kept.
    ///
    /// # Panics
    ///
    /// When it does not start again.
    pub async fn stop_and_restart(&mut self) {
        let id = rustix::process::Pid::from_child(&self.process);
        // An error means that it has exited already.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        self.restart().await;
    }

    async fn restart(&mut self) {
        let exited = async {
            while let Ok(None) = self.process.try_wait() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let exited = tokio::time::timeout(PATIENCE, exited).await;
        assert!(exited.is_ok(), "the server does not stop within {PATIENCE:?}\n{}", self.log());
        self.process = start(&self.directory, &self.name, self.addresses, &self.environment);
        self.wait_until_ready().await;
    }

    /// Where callers from outside send their requests.
    pub fn ingress(&self) -> SocketAddr {
        self.addresses.ingress
    }

    /// Where deployments are registered and invocations managed.
    pub fn admin(&self) -> SocketAddr {
        self.addresses.admin
    }

    /// Tells the server that services are at `endpoint`.
    ///
    /// # Panics
    ///
    /// When the server refuses them; the message is the server's.
    pub async fn register(&self, endpoint: SocketAddr) {
        self.register_with(endpoint, "").await;
    }

    /// Like [`register`](Self::register), but over HTTP/1.1.
    ///
    /// # Panics
    ///
    /// When the server refuses them; the message is the server's.
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

    /// Waits until the server takes requests.
    pub(crate) async fn wait_until_ready(&mut self) {
        let ready = async {
            while !(self.is_healthy("/restate/health", self.ingress()).await
                && self.is_healthy("/health", self.admin()).await)
            {
                if let Ok(Some(status)) = self.process.try_wait() {
                    panic!("the server has exited with {status}\n{}", self.log());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, ready).await.is_err() {
            panic!("the server does not get ready within {PATIENCE:?}\n{}", self.log());
        }
    }

    async fn is_healthy(&self, path: &str, address: SocketAddr) -> bool {
        client::get(address, path).await.is_ok_and(|answer| answer.status.is_success())
    }
}

impl Drop for RestateServer {
    fn drop(&mut self) {
        // An error means that it has exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How long a server may take to start or stop.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

fn start(
    directory: &TempDir,
    name: &str,
    Addresses { ingress, admin, node }: Addresses,
    environment: &[(String, String)],
) -> Child {
    let binary = locate();
    let log = directory.path().join("log");
    let log = fs::File::options().create(true).append(true).open(log);
    let log = log.expect("a log can be written");
    let errors = log.try_clone().expect("a file can be opened twice");
    // What a server that is killed leaves behind is removed with its data.
    let temporary = directory.path().join("tmp");
    fs::create_dir_all(&temporary).expect("a directory can be made");
    Command::new(&binary)
        .args(["--no-logo", "--listen-mode", "tcp", "--node-name", name, "--base-dir"])
        .arg(directory.path().join("data"))
        .env("TMPDIR", temporary)
        .env("RESTATE_INGRESS__BIND_ADDRESS", ingress.to_string())
        .env("RESTATE_ADMIN__BIND_ADDRESS", admin.to_string())
        .env("RESTATE_BIND_ADDRESS", node.to_string())
        .env("RESTATE_ADVERTISED_ADDRESS", format!("http://{node}"))
        .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
        .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MB")
        .env("RESTATE_DISABLE_TELEMETRY", "true")
        .env("RESTATE_LOG_DISABLE_ANSI_CODES", "true")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", binary.display()))
}

/// Binary of the server: what `RESTATE_SERVER` names, or what `cargo xtask restate-server` installed.
///
/// # Panics
///
/// When there is none; the message says what to do.
pub fn locate() -> PathBuf {
    if let Some(path) = env::var_os(PATH_VARIABLE) {
        return path.into();
    }
    let installed = installed();
    assert!(
        installed.exists(),
        "there is no Restate server at {}: install it with `cargo xtask restate-server` (needs \
         npm), or name one with {PATH_VARIABLE}=path, or leave these tests out with `cargo xtask \
         test --without-server`",
        installed.display()
    );
    installed
}

fn installed() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    target.join(format!(
        "restate-server/node_modules/@restatedev/restate-server-{os}-{arch}/bin/restate-server"
    ))
}

impl Addresses {
    /// Addresses on loopback that nobody listens on.
    pub(crate) fn free() -> Self {
        Self { ingress: free_address(), admin: free_address(), node: free_address() }
    }
}
