//! A Postgres server with its default configuration, except for addresses.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use restate_tests::{
    port::free_address,
    postgres::{initialize, is_ready, server, url},
};

use crate::{Failed, process::Process};

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) process: Process,
    address: SocketAddr,
}

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

impl Postgres {
    /// Starts a server in the empty directory `data`, and waits until it takes connections. `program`
    /// makes the command of the server from its path.
    pub(crate) fn start(data: &Path, program: &dyn Fn(PathBuf) -> Command) -> Result<Self, Failed> {
        let address = free_address();
        initialize(data)?;
        let mut server = server(program, data, address)?;
        let process = Process::start(server.stdin(Stdio::null()).stderr(Stdio::null()))?.quitting();
        let mut server = Self { process, address };
        server.wait_until_ready(data)?;
        Ok(server)
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> String {
        url(self.address)
    }

    fn wait_until_ready(&mut self, data: &Path) -> Result<(), Failed> {
        let started = Instant::now();
        while !is_ready(data) {
            if self.process.has_exited() {
                return Err(Failed::new("Postgres has exited"));
            }
            if started.elapsed() > PATIENCE {
                return Err(Failed::new("Postgres does not get ready"));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}
