use std::{
    net::SocketAddr,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use restate_tests::client;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Failed,
    data::data_directory,
    peer::{bench_services, runtime},
    process::{Process, Usage},
    workload::Workload,
};

/// An embedded engine that can be restarted on its data.
pub(super) struct Engine {
    // Declared before the data that it uses, so dropped first.
    process: Process,
    pub(super) ingress: SocketAddr,
    admin: SocketAddr,
    data: TempDir,
}

impl Engine {
    pub(super) fn start() -> Result<Self, Failed> {
        let data = data_directory()?;
        let (process, ingress, admin) = start(&data)?;
        Ok(Self { process, ingress, admin, data })
    }

    /// Kills it and starts it again; returns the time until it has answered a call.
    pub(super) fn restart(&mut self) -> Result<Duration, Failed> {
        self.process.kill();
        let started = Instant::now();
        (self.process, self.ingress, self.admin) = start(&self.data)?;
        let call = client::post_json(self.ingress, Workload::Greet.name(), Workload::Greet.body());
        let answer = runtime()?.block_on(call)?;
        match answer.status.is_success() {
            true => Ok(started.elapsed()),
            false => Err(Failed::new(format!("an engine answers {}", answer.text()))),
        }
    }

    /// The resources that its process has used so far.
    pub(super) fn usage(&self) -> Result<Usage, Failed> {
        self.process.usage()
    }

    /// Waits until `table` has at least `rows` rows; `table` may include a condition.
    pub(super) fn wait_for(&self, table: &str, rows: u64) -> Result<(), Failed> {
        const INTERVAL: Duration = Duration::from_millis(100);
        const PATIENCE: Duration = Duration::from_secs(60);

        let started = Instant::now();
        loop {
            let found = self.count(table)?;
            if found >= rows {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(Failed::new(format!("an engine has {found} of {rows} {table}")));
            }
            sleep(INTERVAL);
        }
    }

    fn count(&self, table: &str) -> Result<u64, Failed> {
        let query = format!(r#"{{"query":"SELECT count(*) AS n FROM {table}"}}"#);
        let answer = runtime()?.block_on(client::post_json(self.admin, "/query", query))?;
        let rows: Value = serde_json::from_slice(&answer.body)?;
        rows["rows"][0]["n"].as_u64().ok_or_else(|| Failed::new(answer.text()))
    }
}

fn start(data: &TempDir) -> Result<(Process, SocketAddr, SocketAddr), Failed> {
    let mut command = Command::new(bench_services());
    command.args(["--engine", "embedded", "--ingress", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    let (mut process, ingress) = Process::start_serving(command.arg("--data").arg(data.path()))?;
    let admin = process.read_address()?;
    Ok((process, ingress, admin))
}
