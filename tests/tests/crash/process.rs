//! A process that is killed: another instance of this program.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use restate_tests::process::OwnedChild;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{flaw::Flaw, services::Role};

/// The prefix of a line that reports a violated invariant.
pub const VIOLATION: &str = "violation: ";

pub struct Process {
    child: OwnedChild,
    lines: UnboundedReceiver<String>,
}

/// The addresses of a process.
#[derive(Clone, Copy)]
pub struct Addresses {
    pub ingress: SocketAddr,
    pub admin: SocketAddr,
}

impl Process {
    pub fn start(data: &Path, role: Role, flaw: Option<Flaw>) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .arg("--serve")
            .arg(data)
            .args(role.arguments())
            .args((flaw == Some(Flaw::AddsTwice)).then_some("--adds-twice"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = unbounded_channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // An error means that the process was dropped.
                let _ = sender.send(line);
            }
        });
        Self { child: child.into(), lines }
    }

    /// Waits until the engine in it serves, and returns its addresses.
    pub async fn addresses(&mut self) -> Addresses {
        let line = self.ready().await;
        let (ingress, admin) = line.split_once(' ').unwrap();
        Addresses { ingress: ingress.parse().unwrap(), admin: admin.parse().unwrap() }
    }

    /// Waits until it serves, and returns what it prints then.
    pub async fn ready(&mut self) -> String {
        self.lines.recv().await.expect("the process prints its addresses")
    }

    /// Kills it, and checks that it has reported no violation.
    pub async fn kill(mut self) {
        self.child.end();
        while let Some(line) = self.lines.recv().await {
            assert!(!line.starts_with(VIOLATION), "{line}");
        }
    }
}
