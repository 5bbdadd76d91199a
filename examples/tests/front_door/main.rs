//! The greeter for gRPC clients and for a page in a browser.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use ureq::Agent;

/// The example, killed when this is dropped.
struct Example {
    child: Child,
    /// Open, because the handlers print.
    _output: BufReader<ChildStdout>,
    engine: String,
    page: String,
}

impl Example {
    fn start(data: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_front_door"));
        command.args(["--ingress", "127.0.0.1:0", "--page", "127.0.0.1:0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        // "Serving on http://a. Open http://b in a browser, and try:"
        let mut words = line.split_whitespace().filter(|word| word.starts_with("http://"));
        let mut url = || words.next().unwrap().trim_end_matches('.').to_owned();
        let (engine, page) = (url(), url());
        Self { child, _output: output, engine, page }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn greet_over_grpc(arguments: &[&str]) -> String {
    let mut client = Command::new(env!("CARGO_BIN_EXE_greet_over_grpc"));
    let output = client.args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn tonic_and_a_page_call_the_same_service() {
    let data = tempfile::tempdir().unwrap();
    let example = Example::start(data.path());
    let greeting = greet_over_grpc(&[&example.engine, "Pete"]);
    assert!(greeting.starts_with("Hello Pete (inv_1"), "{greeting}");
    let call = [&*example.engine, "Ann", "--idempotency-key", "visit-7"];
    assert_eq!(greet_over_grpc(&call), greet_over_grpc(&call), "one invocation");

    let agent = Agent::new_with_defaults();
    let page = agent.get(&example.page).call().unwrap().into_body().read_to_string().unwrap();
    let rpc = format!("{}/greeter.v1.Greeter/Greet", example.engine);
    assert!(page.contains(&rpc), "{page}");
    // What the page does, which tests/rpc/tests/clients/page.rs shows in a browser.
    let post = agent.post(&rpc).header("origin", &example.page);
    let post = post.header("content-type", "application/json");
    let answer = post.header("connect-protocol-version", "1").send(r#"{"name":"Zoë"}"#).unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], *example.page);
    assert_eq!(answer.into_body().read_to_string().unwrap(), r#"{"message":"Hello Zoë"}"#);
}
