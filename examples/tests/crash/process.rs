//! The example's binary as a process that a test starts, calls and kills.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use ureq::{Agent, http::Response};

/// Maximum wait for an event; far longer than any takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `service_communication`.
pub struct Process {
    child: Child,
    output: Receiver<String>,
    client: Client,
}

impl Process {
    /// Starts the binary on `data` and a free port, and waits until it serves.
    pub fn start(data: &Path) -> Self {
        let mut child = command(data, "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let output = lines(child.stdout.take().unwrap());
        let serving = output.recv_timeout(PATIENCE).expect("it says where it serves");
        let url = serving.split_whitespace().nth(2).unwrap().trim_end_matches(',');
        Self { child, output, client: Client::new(url.to_owned()) }
    }

    /// Its client; remains usable for requests that must fail after the process has ended.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Waits for a line on standard output.
    pub fn wait_for(&self, line: &str) {
        while self.output.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no `{line}`")) != line {
        }
    }

    /// Kills it; returns the greetings printed since the last wait for one.
    pub fn kill(&mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.greetings()
    }

    /// Asks it to shut down; returns the greetings printed since the last wait for one.
    pub fn terminate(&mut self) -> Vec<String> {
        self.signal_termination();
        let status = self.wait();
        assert!(status.success(), "{status}");
        self.greetings()
    }

    /// Sends SIGTERM.
    pub fn signal_termination(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    fn greetings(&self) -> Vec<String> {
        self.output.iter().filter(|line| line.starts_with("greeting ")).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails if it has already ended, which is the goal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Talks HTTP to one process.
#[derive(Clone)]
pub struct Client {
    url: String,
    agent: Agent,
}

impl Client {
    fn new(url: String) -> Self {
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(PATIENCE)).build().new_agent();
        Self { url, agent }
    }

    /// The address it sends requests to.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends JSON.
    pub fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.content_type("application/json").send(body).map(Answer::read)
    }

    /// Sends a GET request.
    pub fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        self.agent.get(format!("{}{path}", self.url)).call().map(Answer::read)
    }

    /// The count under `name`.
    pub fn count(&self, name: &str) -> Result<i64, ureq::Error> {
        let answer = self.post(&format!("/counter.v1.Counter/{name}/Read"), &[], "{}")?;
        assert_eq!(answer.status, 200, "{answer:?}");
        // Canonical JSON leaves zero out.
        Ok(answer.body["value"].as_str().map_or(0, |value| value.parse().unwrap()))
    }

    /// Waits until the count under `name` has this value.
    pub fn wait_for_count(&self, name: &str, expected: i64) {
        while self.count(name).unwrap() != expected {
            thread::yield_now();
        }
    }
}

/// The example's binary, about to be started.
pub fn command(data: &Path, ingress: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service_communication"));
    command.arg("--data").arg(data).args(["--ingress", ingress]);
    command
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Status and body of an HTTP response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: serde_json::Value,
}

impl Answer {
    fn read(mut response: Response<ureq::Body>) -> Self {
        let status = response.status().as_u16();
        let body = response.body_mut().read_to_string().unwrap();
        Self { status, body: serde_json::from_str(&body).unwrap_or(serde_json::Value::Null) }
    }
}
