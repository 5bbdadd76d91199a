//! The example in `examples/typescript` on `restate-embedded serve`: all handlers, of both languages, are behind URLs.

use std::{
    io::{self, BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use restate_endpoint::Endpoint;
use restate_tests::{
    command_line::program, endpoint::RunningEndpoint, process::OwnedChild,
    typescript_example::Carrier,
};
use restate_typescript_example::{
    contract::{OrdersServer, VansServer},
    handlers::{InVans, ThroughCarrier},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// A running `restate-embedded serve`.
struct Served {
    process: OwnedChild,
    ingress: SocketAddr,
}

impl Served {
    /// Starts it, and waits until it has registered the deployments.
    fn start(data: &Path, deployments: &[SocketAddr]) -> Self {
        let mut command = Command::new(program());
        command.arg("serve").arg("--data").arg(data);
        command.args(["--ingress", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        for deployment in deployments {
            command.arg("--deployment").arg(format!("http://{deployment}"));
        }
        let mut process = OwnedChild::from(command.stderr(Stdio::piped()).spawn().unwrap());
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let (mut ingress, mut registered) = (None, 0);
        while ingress.is_none() || registered < deployments.len() {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "{command:?} has ended");
            if let Some((_, address)) = line.split_once("the ingress listens on http://") {
                ingress = Some(address.trim().parse().unwrap());
            }
            let is_answer = line.contains("the deployment at http://");
            registered += usize::from(is_answer && !line.contains("is not registered yet"));
        }
        // It would block on a full pipe, or end on a closed one.
        thread::spawn(move || io::copy(&mut log, &mut io::sink()));
        Self { process, ingress: ingress.unwrap() }
    }

    /// Stops it gracefully.
    fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typescript_and_rust_call_each_other_through_the_program() {
    let rust = Endpoint::builder();
    let rust = rust.bind(OrdersServer::new(ThroughCarrier)).bind(VansServer::new(InVans));
    let rust = RunningEndpoint::start(rust, (Ipv4Addr::LOCALHOST, 0).into()).await;
    let address = rust.address();
    spawn_blocking(move || orders_are_delivered_once(address)).await.unwrap();
    rust.stop().await;
}

fn orders_are_delivered_once(rust: SocketAddr) {
    let (carrier, directory) = (Carrier::build(), TempDir::new().unwrap());
    let typescript = carrier.serve(0);
    let start = || Served::start(directory.path(), &[typescript.address(), rust]);

    let served = start();
    let first = carrier.order(served.ingress, "order-1", "Ulm", 3);
    let receipt: Value = serde_json::from_str(&first).unwrap();
    assert!(receipt["label"].as_str().unwrap().starts_with("Ulm-"), "{first}");
    assert_eq!(receipt["van"], 1);
    let refusal = carrier.order(served.ingress, "order-2", "Ulm", 6);
    assert!(refusal.starts_with("409: ") && refusal.contains("1200 g do not fit"), "{refusal}");
    served.stop();

    let served = start();
    assert_eq!(carrier.order(served.ingress, "order-1", "Ulm", 3), first);
    let second = carrier.order(served.ingress, "order-3", "Ulm", 3);
    assert_eq!(serde_json::from_str::<Value>(&second).unwrap()["van"], 2, "{second}");
    served.stop();
}
