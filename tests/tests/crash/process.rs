//! The process that is killed: this program, once more.

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

/// What a line starts with that tells what must not happen.
pub const VIOLATION: &str = "violation: ";

pub struct Process {
    child: OwnedChild,
    lines: UnboundedReceiver<String>,
}

/// Where a process serves.
#[derive(Clone, Copy)]
pub struct Addresses {
    pub ingress: SocketAddr,
    pub admin: SocketAddr,
}

impl Process {
    pub fn start(data: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .arg("--serve")
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = unbounded_channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody reads on once the process is dropped.
                let _ = sender.send(line);
            }
        });
        Self { child: child.into(), lines }
    }

    /// Where it serves, once it does.
    pub async fn addresses(&mut self) -> Addresses {
        let line = self.lines.recv().await.expect("the process says where it serves");
        let (ingress, admin) = line.split_once(' ').unwrap();
        Addresses { ingress: ingress.parse().unwrap(), admin: admin.parse().unwrap() }
    }

    /// Kills it, wherever it is.
    pub async fn kill(mut self) {
        self.child.end();
        while let Some(line) = self.lines.recv().await {
            assert!(!line.starts_with(VIOLATION), "{line}");
        }
    }
}
