//! The program `restate-grpc`.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use hyper::{Method, StatusCode};
use restate_rpc_tests::{Greeting, certificate::issue, clients::buf};
use restate_tests::process::OwnedChild;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    clients::{GREET, Tonic, WAIT, connect, connect_trusting, greet, send, write_whole_body},
    world::{World, dead, descriptor_set},
};

/// The program, until this is dropped.
pub(crate) struct Program {
    process: OwnedChild,
    pub(crate) origin: String,
    _directory: TempDir,
}

fn command(directory: &TempDir, descriptors: &[u8]) -> Command {
    let set = directory.path().join("shop.binpb");
    fs::write(&set, descriptors).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_restate-grpc"));
    command.arg("--descriptor-set").arg(set).stdin(Stdio::null());
    command
}

impl Program {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(configure: impl FnOnce(&mut Command)) -> Self {
        Self::start_with(&descriptor_set(), configure)
    }

    /// The same with these descriptors.
    pub(crate) fn start_with(descriptors: &[u8], configure: impl FnOnce(&mut Command)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = command(&directory, descriptors);
        command.env("RESTATE_GRPC_LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
        configure(&mut command);
        let mut process: Child = command.spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let from = seen.len();
            assert_ne!(log.read_line(&mut seen).unwrap(), 0, "it has ended: {seen}");
            if let Some((_, address)) = seen[from..].split_once("listening on ") {
                break address.trim().to_owned();
            }
        };
        // Nobody else reads it, and a full pipe would block the program.
        std::thread::spawn(move || log.read_to_string(&mut seen));
        let origin = format!("http://{address}");
        Self { process: process.into(), origin, _directory: directory }
    }

    fn terminate(&self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_in_front_of_a_server_and_ends_when_calls_have_ended() {
    let world = World::start().await;
    let mut program = Program::start(|command| {
        command.args(["--ingress", &dead(), "--ingress", &world.ingress()]);
        command.args(["--cors", "https://app.example.com"]);
    });
    let origin = program.origin.clone();
    let mut tonic = Tonic::of(&origin);
    for _ in 0..3 {
        let greeted = tonic.call::<_, Greeting>(GREET, greet("Pete")).await.unwrap();
        assert_eq!(greeted.get_ref().text, "Good day, Pete");
    }
    let health = send(Method::GET, format!("{origin}/health"), &[], "").await;
    assert_eq!(health.status, StatusCode::OK);
    let health = connect(&origin, "/grpc.health.v1.Health/Check", &[], "{}").await;
    assert_eq!(health.json(), json!({ "status": "SERVING" }));
    let plain = send(Method::POST, format!("{origin}{GREET}"), &[], "{}").await;
    assert_eq!(plain.status, StatusCode::NOT_FOUND);
    let unknown = connect(&origin, "/other.v1.Desk/Greet", &[], "{}").await;
    assert_eq!(
        (unknown.status, &unknown.json()["code"]),
        (StatusCode::NOT_FOUND, &json!("unimplemented"))
    );

    let page = [("origin", "https://app.example.com")];
    let answer = connect(&origin, GREET, &page, r#"{"name":"Ann"}"#).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.com");
    assert!(answer.header("access-control-expose-headers").contains("grpc-status"));
    let foreign = [("origin", "https://evil.example.com")];
    let answer = connect(&origin, GREET, &foreign, r#"{"name":"Ann"}"#).await;
    assert_eq!(answer.json()["code"], json!("permission_denied"));
    let rebound = [("host", "evil.example.com")];
    let answer = connect(&origin, GREET, &rebound, r#"{"name":"Ann"}"#).await;
    assert_eq!(answer.json()["code"], json!("permission_denied"));

    // A call that is under way when it is asked to end is answered.
    let waiting = tokio::spawn(async move { tonic.call::<_, Greeting>(WAIT, greet("Pete")).await });
    let query =
        json!({ "query": "SELECT id FROM sys_invocation WHERE target_handler_name = 'Wait'" });
    let admin = format!("http://{}/query", world.server.admin());
    let json = [("content-type", "application/json"), ("accept", "application/json")];
    while send(Method::POST, admin.clone(), &json, &query.to_string()).await.json()["rows"]
        == json!([])
    {
        tokio::task::yield_now().await;
    }
    program.terminate();
    let open = format!("{}/shop.v1.Desk/Open", world.ingress());
    send(Method::POST, open, &json[..1], "{}").await;
    assert_eq!(waiting.await.unwrap().unwrap().get_ref().text, "Good day, Pete");
    let ended = tokio::task::spawn_blocking(move || program.process.wait().unwrap()).await;
    assert!(ended.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_those_of_its_flags_and_variables() {
    let program = Program::start(|command| {
        command.env("RESTATE_GRPC_INGRESS", format!("{},{}", dead(), dead()));
        command.args(["--max-message", "100", "--max-headers", "8192"]);
    });
    let long = json!({ "name": "x".repeat(200) }).to_string();
    let answer = connect(&program.origin, GREET, &[], &long).await;
    assert_eq!(answer.json()["code"], json!("resource_exhausted"));
    let header = "x".repeat(10_000);
    let answer = connect(&program.origin, GREET, &[("x-long", &header)], "{}").await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[test]
fn a_body_that_is_refused_over_http_1_is_read() {
    let program = Program::start(|command| {
        command.args(["--ingress", &dead(), "--max-message", "100"]);
    });
    let response = write_whole_body(&program.origin, GREET, 8 << 20).unwrap();
    assert!(response.contains("resource_exhausted"), "{response}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_offers_both_versions_of_http() {
    let issued = issue();
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (directory.path().join("cert"), directory.path().join("key"));
    fs::write(&certificate, &issued.certificate_pem).unwrap();
    fs::write(&key, &issued.key_pem).unwrap();
    let world = World::start().await;
    let program = Program::start(|command| {
        command.args(["--ingress", &world.ingress(), "--tls-cert"]).arg(&certificate);
        command.arg("--tls-key").arg(key);
    });
    let origin = program.origin.replace("http://127.0.0.1", "https://localhost");
    let mut tonic = Tonic::trusting(&origin, &issued.certificate);
    let greeted = tonic.call::<_, Greeting>(GREET, greet("Pete")).await.unwrap();
    assert_eq!(greeted.get_ref().text, "Good day, Pete");
    let over_1 = connect_trusting(&origin, GREET, &issued.certificate, r#"{"name":"Ann"}"#).await;
    assert_eq!(over_1.json(), json!({ "text": "Good day, Ann" }));
    buf::needs_no_contract_over_tls(&origin, &certificate).await;
}

#[test]
fn each_flag_is_also_a_variable() {
    let mut help = Command::new(env!("CARGO_BIN_EXE_restate-grpc"));
    let help = String::from_utf8(help.arg("--help").output().unwrap().stdout).unwrap();
    let is_flag = |line: &&str| line.trim_start().starts_with("--");
    let flags: Vec<_> = help.lines().filter(is_flag).collect();
    assert!(flags.iter().any(|flag| flag.contains("--admin <URL>")), "{help}");
    let variables = help.matches("[env: RESTATE_GRPC_").count();
    assert_eq!(variables, flags.len(), "{help}");
}

#[test]
fn what_is_wrong_with_its_arguments_is_said() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, message) in [
        (&["--ingress", "localhost:8080"][..], "has no scheme `http` or `https`"),
        (&["--ingress", "http://h", "--cors", "x"], "`--cors x` is not an origin"),
        (&["--ingress", "http://h", "--listen", "x"], "cannot listen on `x`"),
        (
            &["--ingress", "http://h", "--admin", "localhost:9070"],
            "has no scheme `http` or `https`",
        ),
        (&["--ingress", "http://h", "--admin-token-file", "x"], "the token file `x`"),
        (&["--ingress", "https://h", "--ca", "x"], "no certificates can be read from `x`"),
        (&["--ingress", "http://h", "--tls-cert", "x"], "--tls-key"),
        (
            &["--ingress", "http://h", "--tls-cert", "x", "--tls-key", "y"],
            "no certificates can be read from `x`",
        ),
        (&[], "--ingress"),
    ] {
        let output = command(&directory, &descriptor_set()).args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains(message), "{arguments:?}: {errors}");
    }
    let mut without = Command::new(env!("CARGO_BIN_EXE_restate-grpc"));
    let file = directory.path().join("empty");
    fs::write(&file, "").unwrap();
    without.args(["--ingress", "http://h", "--descriptor-set"]).arg(file);
    let errors = without.output().unwrap().stderr;
    assert!(String::from_utf8_lossy(&errors).contains("has no services"));
}
