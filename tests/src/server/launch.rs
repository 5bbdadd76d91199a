//! Starts a Restate server: finds the binary, and sets addresses and directories.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{client, port::free_address, target};

/// The environment variable that names a server to use instead of the installed one.
pub const PATH_VARIABLE: &str = "RESTATE_SERVER";

/// The addresses of a server.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The address of the ingress.
    pub ingress: SocketAddr,
    /// The address of the admin API.
    pub admin: SocketAddr,
    /// The address for other nodes of a cluster.
    pub node: SocketAddr,
}

impl Addresses {
    /// Free addresses on loopback.
    pub fn free() -> Self {
        Self { ingress: free_address(), admin: free_address(), node: free_address() }
    }

    /// Whether the server at these addresses accepts requests.
    pub async fn are_ready(&self) -> bool {
        is_healthy(self.ingress, "/restate/health").await && is_healthy(self.admin, "/health").await
    }
}

/// Starts a server in its default configuration, with its data and its log in `directory`.
///
/// # Panics
///
/// If no server is installed or `directory` is not writable; the message says what to do.
pub fn command(directory: &Path, Addresses { ingress, admin, node }: Addresses) -> Command {
    let log = fs::File::options().create(true).append(true).open(directory.join("log"));
    let log = log.expect("a log can be written");
    let errors = log.try_clone().expect("a file can be opened twice");
    // A killed server leaves temporary files behind; here they are removed with its data.
    let temporary = directory.join("tmp");
    fs::create_dir_all(&temporary).expect("a directory can be made");
    let mut command = Command::new(locate());
    command
        .args(["--no-logo", "--listen-mode", "tcp", "--base-dir"])
        .arg(directory.join("data"))
        .env("TMPDIR", temporary)
        .env("RESTATE_INGRESS__BIND_ADDRESS", ingress.to_string())
        .env("RESTATE_ADMIN__BIND_ADDRESS", admin.to_string())
        .env("RESTATE_BIND_ADDRESS", node.to_string())
        .env("RESTATE_ADVERTISED_ADDRESS", format!("http://{node}"))
        .env("RESTATE_DISABLE_TELEMETRY", "true")
        .env("RESTATE_LOG_DISABLE_ANSI_CODES", "true")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors);
    command
}

/// The server's binary: `RESTATE_SERVER`, or the one installed by `cargo xtask restate-server`.
fn locate() -> PathBuf {
    if let Some(path) = env::var_os(PATH_VARIABLE) {
        return path.into();
    }
    let installed = installed();
    assert!(
        installed.exists(),
        "no Restate server at {}: install it with `cargo xtask restate-server` (needs npm), or set \
         {PATH_VARIABLE} to the path of one, or skip these tests with `cargo xtask test \
         --without-server`",
        installed.display()
    );
    installed
}

fn installed() -> PathBuf {
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    target().join(format!(
        "restate-server/node_modules/@restatedev/restate-server-{os}-{arch}/bin/restate-server"
    ))
}

async fn is_healthy(address: SocketAddr, path: &str) -> bool {
    client::get(address, path).await.is_ok_and(|answer| answer.status.is_success())
}
