//! The example's binary on a full disk, which a limit of the file size simulates.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use ureq::Agent;

/// Maximum size of the log and of the database, in KiB.
const LIMIT: u32 = 512;

/// The binary, started by a shell that limits its files to `kibibytes`.
struct Limited {
    child: Child,
    url: String,
}

impl Limited {
    fn start(data: &Path, kibibytes: &str) -> Self {
        // A process that ignores the signal gets an error instead, as from a broken disk.
        let script = format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$@\"");
        let mut child = Command::new("bash")
            .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_service_communication")])
            .arg("--data")
            .arg(data)
            .args(["--ingress", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut serving = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut serving).unwrap();
        let url = serving.split_whitespace().nth(2).expect("it says where it serves");
        Self { child, url: url.trim_end_matches(',').to_owned() }
    }

    /// Adds 1 to a counter whose name fills the disk; the status of the answer.
    fn add(&self, n: usize) -> Option<u16> {
        let body = r#"{"delta":1}"#;
        let path = format!("{}/counter.v1.Counter/{}/Add", self.url, name(n));
        self.answer(&path, body).map(|(status, _)| status)
    }

    fn read(&self, n: usize) -> String {
        let path = format!("{}/counter.v1.Counter/{}/Read", self.url, name(n));
        self.answer(&path, "{}").unwrap().1
    }

    fn answer(&self, path: &str, body: &str) -> Option<(u16, String)> {
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(30))).build().new_agent();
        let mut answer = agent.post(path).content_type("application/json").send(body).ok()?;
        Some((answer.status().as_u16(), answer.body_mut().read_to_string().unwrap()))
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        // Fails if it has already ended, which is the goal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn name(n: usize) -> String {
    format!("{n}-{}", "long".repeat(100))
}

#[test]
fn a_full_disk_stops_the_process_and_loses_no_acknowledged_call() {
    let directory = tempfile::tempdir().unwrap();
    let mut limited = Limited::start(directory.path(), &LIMIT.to_string());
    let mut acknowledged = 0;
    let refused = loop {
        match limited.add(acknowledged) {
            Some(200) => acknowledged += 1,
            refused => break refused,
        }
    };
    assert!(acknowledged > 10, "{acknowledged}");
    // Refused, or cut off by the end of the process.
    assert!(matches!(refused, Some(503) | None), "{refused:?}");
    let status = limited.child.wait().unwrap();
    assert!(!status.success(), "{status}");
    let mut error = String::new();
    limited.child.stderr.as_mut().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("the engine has stopped: the store could not"), "{error}");
    drop(limited);

    let unlimited = Limited::start(directory.path(), "unlimited");
    for n in 0..acknowledged {
        assert_eq!(unlimited.read(n), r#"{"value":"1"}"#, "{n} of {acknowledged}");
    }
}
