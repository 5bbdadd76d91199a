use std::process::{Command, Stdio};

use bytes::Bytes;
use http::Method;
use restate_tests::client;
use tempfile::TempDir;

use crate::Running;

fn bench_services(engine: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench-services"));
    command.args(["--engine", engine]).stdout(Stdio::piped());
    command
}

#[tokio::test]
async fn the_embedded_engine_answers_in_the_json_of_the_peer() {
    let data = TempDir::new().unwrap();
    let mut command = bench_services("embedded");
    command.args(["--ingress", "127.0.0.1:0", "--data"]).arg(data.path());
    let running = Running::start(&mut command);
    let [ingress] = running.addresses[..] else { panic!("{:?}", running.addresses) };

    for (path, request, response) in [
        ("/Greeter/greet", r#"{"name":"P"}"#, r#"{"message":"Greetings P"}"#),
        ("/Steps/run", r#"{"name":"P"}"#, r#"{"message":"P 3"}"#),
        ("/Chain/call", r#"{"name":"P"}"#, r#"{"message":"Greetings P"}"#),
        ("/Chain/fan", r#"{"n":3}"#, ""),
        ("/Counter/k/add", r#"{"delta":2}"#, r#"{"value":2}"#),
    ] {
        let answer = client::post_json(ingress, path, request).await.unwrap();
        assert_eq!(answer.text(), response, "{path}");
    }
}

#[tokio::test]
async fn the_endpoint_announces_the_services_of_the_peer() {
    let running = Running::start(bench_services("endpoint").args(["--port", "0"]));
    let [endpoint] = running.addresses[..] else { panic!("{:?}", running.addresses) };

    let headers = [("accept", "application/vnd.restate.endpointmanifest.v4+json")];
    let manifest = client::send(endpoint, Method::GET, "/discover", &headers, Bytes::new());
    let manifest = manifest.await.unwrap().text();
    for service in ["Greeter", "Steps", "Chain", "Counter"] {
        assert!(manifest.contains(&format!(r#""name":"{service}""#)), "{manifest}");
    }
}
