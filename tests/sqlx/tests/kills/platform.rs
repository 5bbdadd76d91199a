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

use crate::{accounts::Accounts, bank::Care};

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
    directory: TempDir,
    _server: Option<Postgres>,
    url: String,
    care: Care,
    pub accounts: Accounts,
    pub ingress: SocketAddr,
    deployment: SocketAddr,
    /// `None` while it is down.
    engine: Option<OwnedChild>,
    /// `None` while they are down.
    handlers: Option<OwnedChild>,
    pub kills: Kills,
}

impl Platform {
    pub async fn new(kind: Kind, care: Care) -> Self {
        let directory = TempDir::new().unwrap();
        let server = match kind {
            Kind::Postgres => Some(tokio::task::spawn_blocking(Postgres::start).await.unwrap()),
            Kind::Sqlite => None,
        };
        let url = match &server {
            Some(server) => server.url(),
            None => format!("sqlite:{}", directory.path().join("bank.sqlite").display()),
        };
        let accounts = Accounts::open(&url).await.unwrap();
        accounts.create().await;
        let mut platform = Self {
            directory,
            _server: server,
            url,
            care,
            accounts,
            ingress: free_address(),
            deployment: free_address(),
            engine: None,
            handlers: None,
            kills: Kills::default(),
        };
        // An engine that knows nothing of its deployment yet would answer that there is no bank.
        platform.start().await;
        platform
    }

    /// Starts what is down.
    pub async fn start(&mut self) {
        if self.handlers.is_none() {
            let address = self.deployment.to_string();
            let care = if self.care == Care::Step { "step" } else { "plain-step" };
            let arguments = ["--handlers", &address, "--accounts", &self.url, "--care", care]
                .map(str::to_owned);
            self.handlers = Some(start(arguments.into()).await);
        }
        if self.engine.is_none() {
            let (ingress, deployment) = (self.ingress.to_string(), self.deployment.to_string());
            let data = self.directory.path().join("engine").display().to_string();
            let arguments = ["--ingress", &ingress, "--deployment", &deployment, "--data", &data];
            self.engine = Some(start(arguments.map(str::to_owned).into()).await);
        }
    }

    /// Kills the engine, the handlers, both, or a process of the database.
    pub async fn kill(&mut self, random: &mut Random) {
        let backends = self.accounts.backends().await.unwrap_or_default();
        match random.below(if backends.is_empty() { 3 } else { 4 }) {
            0 => {
                self.engine = None;
                self.kills.of_engine += 1;
            }
            1 => {
                self.handlers = None;
                self.kills.of_handlers += 1;
            }
            2 => {
                (self.engine, self.handlers) = (None, None);
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
async fn start(arguments: Vec<String>) -> OwnedChild {
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
