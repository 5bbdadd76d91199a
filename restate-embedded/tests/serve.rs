//! `restate-embedded serve`, as a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// A process, which is killed when it is dropped.
struct Served {
    process: Child,
    ingress: String,
    admin: String,
}

impl Served {
    /// Starts it, and waits until it has said where it can be reached.
    fn start(configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
        let mut process = configure(&mut command).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut after = |text: &str| {
            let line = lines.find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}"));
            line.split("http://").nth(1).unwrap().trim().to_owned()
        };
        let ingress = after("the ingress listens on");
        let admin = after("the admin interface listens on");
        Self { process, ingress, admin }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn status(url: String) -> u16 {
    let (address, path) = url.split_once('/').unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut requests, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get(format!("/{path}")).header("host", address);
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    requests.send_request(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn flags_and_variables_say_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:1";
    let by_flags = Served::start(|command| {
        command
            .args(["--admin", "127.0.0.1:0", "--data"])
            .arg(directory.path().join("flags"))
            .args(["serve", "--ingress", "127.0.0.1:0", "--deployment", nobody])
    });
    let by_variables = Served::start(|command| {
        command
            .arg("serve")
            .env("RESTATE_EMBEDDED_ADMIN", "http://127.0.0.1:0")
            .env("RESTATE_EMBEDDED_DATA", directory.path().join("variables"))
            .env("RESTATE_EMBEDDED_INGRESS", "127.0.0.1:0")
            .env("RESTATE_EMBEDDED_DEPLOYMENT", nobody)
    });
    for served in [&by_flags, &by_variables] {
        assert_eq!(status(format!("{}/restate/health", served.ingress)).await, 200);
        assert_eq!(status(format!("{}/deployments", served.admin)).await, 200);
        assert_eq!(status(format!("{}/Nobody/greet", served.ingress)).await, 404);
    }
    for name in ["flags", "variables"] {
        assert!(directory.path().join(name).join("restate.sqlite").exists(), "{name}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
        let directory = tempfile::tempdir().unwrap();
        command.args(["--admin", "127.0.0.1:0", "--data"]).arg(directory.path());
        let output = command.arg("serve").args(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let ingress = ["--ingress", "127.0.0.1:0"];
    let refused = run(&[&ingress[..], &["--deployment", "localhost:9080"]].concat());
    assert!(refused.contains("is not the URL of a deployment"), "{refused}");
    let refused = run(&["--ingress", "0.0.0.0:0"]);
    assert!(refused.contains("0.0.0.0"), "{refused}");
    let refused = run(&[&ingress[..], &["--inactivity-timeout", "-1"]].concat());
    assert!(refused.contains("-1") || refused.contains("seconds"), "{refused}");
}
