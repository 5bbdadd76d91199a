//! `restate-embedded serve` as a process.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// A process, which is killed when it is dropped.
pub(crate) struct Served {
    pub(crate) process: Child,
    pub(crate) ingress: String,
    #[allow(dead_code, reason = "not every test asks it")]
    pub(crate) admin: String,
}

impl Served {
    /// Starts it, and waits until it has said where it can be reached.
    pub(crate) fn start(configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
        let mut process = configure(&mut command).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut after = |text: &str| {
            let line = lines.find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}"));
            line.split("://").nth(1).unwrap().trim().to_owned()
        };
        let ingress = after("the ingress listens on");
        let admin = after("the admin interface listens on");
        // Whoever writes to a closed pipe dies.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, ingress, admin }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
