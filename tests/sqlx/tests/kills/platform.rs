//! The engine, the handlers and the database, and their deaths.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
};

use restate_tests::{port::free_address, postgres::Postgres, process::OwnedChild, random::Random};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    accounts::Accounts,
    bank::Care,
    engine::{Engine, Runtime},
};

/// The kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Sqlite,
}

/// How often what was killed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kills {
    pub of_engine: u32,
    pub of_handlers: u32,
    pub of_both: u32,
    pub of_backends: u32,
}

pub struct Platform {
    _directory: TempDir,
    _database: Option<Postgres>,
    pub accounts: Accounts,
    pub engine: Engine,
    handlers: Handlers,
    pub kills: Kills,
}

/// The process of the handlers.
struct Handlers {
    arguments: Vec<String>,
    /// `None` while it is down.
    process: Option<OwnedChild>,
}

impl Handlers {
    fn new(address: SocketAddr, url: &str, care: Care) -> Self {
        let care = if care == Care::Step { "step" } else { "plain-step" };
        let address = address.to_string();
        let arguments = ["--handlers", &address, "--accounts", url, "--care", care];
        Self { arguments: arguments.map(str::to_owned).to_vec(), process: None }
    }

    /// Starts the process, if it is down.
    async fn start(&mut self) {
        if self.process.is_none() {
            self.process = Some(start(self.arguments.clone()).await);
        }
    }
}

impl Platform {
    pub async fn new(runtime: Runtime, kind: Kind, care: Care) -> Self {
        let directory = TempDir::new().unwrap();
        let database = match kind {
            Kind::Postgres => Some(tokio::task::spawn_blocking(Postgres::start).await.unwrap()),
            Kind::Sqlite => None,
        };
        let url = match &database {
            Some(server) => server.url(),
            None => format!("sqlite:{}", directory.path().join("bank.sqlite").display()),
        };
        let accounts = Accounts::open(&url).await.unwrap();
        accounts.create().await;
        let deployment = free_address();
        let mut handlers = Handlers::new(deployment, &url, care);
        // An engine that knows nothing of its deployment yet would answer that there is no bank.
        handlers.start().await;
        let engine = Engine::start_new(runtime, directory.path(), deployment).await;
        let (_directory, _database, kills) = (directory, database, Kills::default());
        Self { _directory, _database, accounts, engine, handlers, kills }
    }

    /// Starts what is down.
    pub async fn start(&mut self) {
        self.handlers.start().await;
        self.engine.start().await;
    }

    /// Kills the engine, the handlers, both, or a process of the database.
    pub async fn kill(&mut self, random: &mut Random) {
        let backends = self.accounts.backends().await.unwrap_or_default();
        match random.below(if backends.is_empty() { 3 } else { 4 }) {
            0 => {
                self.engine.kill();
                self.kills.of_engine += 1;
            }
            1 => {
                self.handlers.process = None;
                self.kills.of_handlers += 1;
            }
            2 => {
                self.engine.kill();
                self.handlers.process = None;
                self.kills.of_both += 1;
            }
            _ => {
                let victim = random.below(backends.len() as u64);
                let victim = backends[usize::try_from(victim).unwrap()];
                // It may have ended by itself. The server restarts all of its processes.
                let _ = kill_process(Pid::from_raw(victim).unwrap(), Signal::KILL);
                self.kills.of_backends += 1;
            }
        }
    }
}

/// Starts another instance of this program, and waits until it serves. It is killed when it is dropped.
pub async fn start(arguments: Vec<String>) -> OwnedChild {
    let started = tokio::task::spawn_blocking(move || {
        let mut child: OwnedChild = Command::new(env::current_exe().unwrap())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
            .into();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "serving\n", "a process does not start");
        child
    });
    started.await.unwrap()
}
