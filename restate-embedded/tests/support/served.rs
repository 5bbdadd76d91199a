//! `restate-embedded serve` as a process.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
};

/// A process, which is killed when it is dropped.
pub(crate) struct Served {
    pub(crate) process: Child,
    pub(crate) ingress: String,
    #[allow(dead_code, reason = "not every test asks it")]
    pub(crate) admin: String,
    /// What it logs after that.
    #[allow(dead_code, reason = "not every test reads it")]
    pub(crate) log: Receiver<String>,
}

impl Served {
    /// Starts it, and waits until it has said where it can be reached.
    pub(crate) fn start(configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
        let mut process = configure(&mut command).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut after = |text: &str| {
            let line = lines.find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}"));
            let address = line.split("://").nth(1).unwrap();
            // A quote ends it in a line of JSON.
            address.split('"').next().unwrap().trim().to_owned()
        };
        let ingress = after("the ingress listens on");
        let admin = after("the admin interface listens on");
        let (kept, log) = channel();
        // Whoever writes to a closed pipe dies.
        std::thread::spawn(move || lines.for_each(|line| drop(kept.send(line))));
        Self { process, ingress, admin, log }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
