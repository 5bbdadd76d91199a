//! The suite's services in a program of its own, such as the test services of another SDK.

use std::{
    net::SocketAddr,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::net::TcpStream;

use crate::{port::free_address, server::PATIENCE};

/// A running program that serves the suite's services on the port that the variable `PORT` names.
/// Dropping this kills it, and the processes that it has started.
#[derive(Debug)]
pub struct ServicesProgram {
    command: Vec<String>,
    environment: Vec<(&'static str, String)>,
    address: SocketAddr,
    process: Child,
}

impl ServicesProgram {
    /// Starts the program `command`, which is followed by its arguments, and waits until it accepts
    /// connections.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn start(command: &[String], environment: Vec<(&'static str, String)>) -> Self {
        let address = free_address();
        let process = spawn(command, &environment, address);
        let mut program = Self { command: command.to_vec(), environment, address, process };
        program.wait_until_ready().await;
        program
    }

    /// Where it serves them.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it, and starts it again at the same address.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn crash_and_restart(&mut self) {
        self.end(Signal::KILL).await;
        self.start_again().await;
    }

    /// Asks it to stop, and starts it again at the same address.
    ///
    /// # Panics
    ///
    /// If it does not stop or start.
    pub async fn stop_and_restart(&mut self) {
        self.end(Signal::TERM).await;
        self.start_again().await;
    }

    async fn start_again(&mut self) {
        self.process = spawn(&self.command, &self.environment, self.address);
        self.wait_until_ready().await;
    }

    async fn end(&mut self, signal: Signal) {
        // An error means that it has exited already.
        let _ = kill_process(Pid::from_child(&self.process), signal);
        let exited = async {
            while let Ok(None) = self.process.try_wait() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let exited = tokio::time::timeout(PATIENCE, exited).await;
        assert!(exited.is_ok(), "`{}` does not stop within {PATIENCE:?}", self.command.join(" "));
        self.kill_all();
    }

    /// Kills its processes. Servers of Python leave some behind if they are killed themselves.
    fn kill_all(&self) {
        // An error means that all have exited.
        let _ = kill_process_group(Pid::from_child(&self.process), Signal::KILL);
    }

    async fn wait_until_ready(&mut self) {
        let ready = async {
            while TcpStream::connect(self.address).await.is_err() {
                if let Ok(Some(status)) = self.process.try_wait() {
                    panic!("`{}` has exited with {status}", self.command.join(" "));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let address = self.address;
        if tokio::time::timeout(PATIENCE, ready).await.is_err() {
            let command = self.command.join(" ");
            panic!("`{command}` does not accept connections at {address} within {PATIENCE:?}");
        }
    }
}

impl Drop for ServicesProgram {
    fn drop(&mut self) {
        self.kill_all();
        let _ = self.process.wait();
    }
}

fn spawn(command: &[String], environment: &[(&'static str, String)], address: SocketAddr) -> Child {
    let [program, arguments @ ..] = command else { panic!("a command names a program") };
    let started = Command::new(program)
        .args(arguments)
        .env("PORT", address.port().to_string())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // It may start others, which have to end with it.
        .process_group(0)
        .spawn();
    started.unwrap_or_else(|error| panic!("cannot start `{program}`: {error}"))
}
