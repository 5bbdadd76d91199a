//! The programs `test-services` and `bench-services` as processes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod bench_services;

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use restate_tests::client;
use tempfile::TempDir;

fn test_services() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_test-services"));
    for variable in ["PORT", "SERVICES", "E2E_REQUEST_SIGNING", "E2E_REQUEST_SIGNING_ENV"] {
        command.env_remove(variable);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running process, and the addresses that it prints.
struct Running {
    process: Child,
    addresses: Vec<SocketAddr>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addresses = line.split("http://").skip(1).map(|rest| {
            let end = rest.find(|it: char| it == ',' || it.is_whitespace()).unwrap();
            rest[..end].parse().unwrap()
        });
        Self { addresses: addresses.collect(), process }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test]
async fn the_embedded_engine_runs_the_selected_services() {
    let data = TempDir::new().unwrap();
    let mut command = test_services();
    command.args(["--engine", "embedded", "--ingress", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    command.arg("--data").arg(data.path()).env("SERVICES", "Counter,Proxy");
    let running = Running::start(&mut command);
    let [ingress, admin] = running.addresses[..] else { panic!("{:?}", running.addresses) };

    let added = client::post_json(ingress, "/Counter/a/add", "7").await.unwrap();
    assert_eq!(added.text(), r#"{"oldValue":0,"newValue":7}"#);
    let left_out = client::post_json(ingress, "/Failing/a/terminallyFailingCall", "{}").await;
    assert_eq!(left_out.unwrap().status, 404);
    assert!(client::get(admin, "/health").await.unwrap().status.is_success());
}

#[tokio::test]
async fn an_endpoint_is_served_on_the_port_of_the_environment_and_checks_signatures() {
    let mut command = test_services();
    command.env("PORT", "0");
    command.env("E2E_REQUEST_SIGNING", "publickeyv1_ChjENKeMvCtRnqG2mrBK1HmPKufgFUc98K8B3ononQvp");
    let running = Running::start(&mut command);
    let [endpoint] = running.addresses[..] else { panic!("{:?}", running.addresses) };

    assert_eq!(client::get(endpoint, "/discover").await.unwrap().status, 401);
    assert!(client::get(endpoint, "/health").await.unwrap().status.is_success());
}

#[test]
fn an_unknown_service_is_rejected() {
    let refused = test_services().env("SERVICES", "Counter,Greeter").output().unwrap();
    assert!(!refused.status.success());
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("there is no service `Greeter`; name some of"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn an_invalid_port_is_rejected() {
    let refused = test_services().env("PORT", "http").output().unwrap();
    assert!(!refused.status.success());
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("PORT is `http`, which is no port number"), "{message}");
}
