//! What survives `kill -9`: the example's real binary, killed and started again.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod process;

use std::{
    process::Output,
    sync::{
        Mutex,
        mpsc::{TryRecvError, channel},
    },
    thread,
};

use process::{Client, Process, command};
use tempfile::tempdir;

#[test]
fn d11_an_interrupted_handler_and_its_delayed_call_are_each_executed_once() {
    let data = tempdir().unwrap();
    let mut process = Process::start(data.path());
    let client = process.client();
    let welcome = r#"{"name":"Ann","againAfterSeconds":2,"thinkSeconds":1}"#;
    let sent = client.post("/greeter.v1.Greeter/Welcome/send", &[], welcome).unwrap();
    assert_eq!(sent.status, 202, "{sent:?}");
    let id = sent.body["invocationId"].as_str().unwrap().to_owned();

    process.wait_for("greeting Ann");
    client.wait_for_count("Ann", 1);
    let output = client.get(&format!("/restate/invocation/{id}/output")).unwrap();
    assert_eq!(output.status, 470, "the handler is half done: {output:?}");
    assert_eq!(process.kill(), [""; 0], "nobody was greeted twice before the crash");

    let mut process = Process::start(data.path());
    let client = process.client();
    let done = client.get(&format!("/restate/invocation/{id}/attach")).unwrap();
    assert_eq!(done.body["message"], "Hello Ann", "{done:?}");
    let again = done.body["again"].as_str().unwrap();
    let again = client.get(&format!("/restate/invocation/{again}/attach")).unwrap();
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(client.count("Ann").unwrap(), 1);
    assert_eq!(process.terminate(), ["greeting Ann"], "the delayed one, and nothing replayed");
}

#[test]
fn an_acknowledged_call_is_executed_after_an_immediate_crash() {
    let data = tempdir().unwrap();
    let mut process = Process::start(data.path());
    let add = r#"{"delta":"3"}"#;
    let sent = process.client().post("/counter.v1.Counter/Bob/Add/send", &[], add).unwrap();
    assert_eq!(sent.status, 202, "{sent:?}");
    process.kill();

    Process::start(data.path()).client().wait_for_count("Bob", 3);
}

#[test]
fn b14_calls_repeated_over_many_crashes_count_once() {
    const CRASHES: i64 = 10;

    let data = tempdir().unwrap();
    let mut process = Process::start(data.path());
    let client = Mutex::new(process.client());
    let (stop, stopped) = channel::<()>();
    let client = &client;
    let calling = move || {
        let mut calls = 0;
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            let key = format!("call-{calls}");
            call_until_answered(client, &[("idempotency-key", key.as_str())]);
            calls += 1;
        }
        calls
    };
    let calls = thread::scope(|scope| {
        // Dropped when this closure ends, even by a panic, which ends the other thread.
        let stop = stop;
        let calling = scope.spawn(calling);
        for crash in 0..CRASHES {
            // Each round makes more progress than any before it, so that crashes hit different moments.
            let running = process.client();
            let enough = running.count("Eve").unwrap() + 3 * crash + 1;
            while running.count("Eve").unwrap() < enough {}
            process.kill();
            process = Process::start(data.path());
            *client.lock().unwrap() = process.client();
        }
        drop(stop);
        calling.join().unwrap()
    });
    assert_eq!(process.client().count("Eve").unwrap(), calls);
}

fn call_until_answered(client: &Mutex<Client>, headers: &[(&str, &str)]) {
    loop {
        let client = client.lock().unwrap().clone();
        match client.post("/counter.v1.Counter/Eve/Add", headers, r#"{"delta":1}"#) {
            Ok(added) if added.status == 200 => return,
            // The engine may answer that it stops while it is being killed; afterwards nothing answers.
            Ok(added) => assert_eq!(added.status, 503, "{added:?}"),
            Err(_) => thread::yield_now(),
        }
    }
}

fn error(output: &Output) -> String {
    assert!(!output.status.success(), "it must refuse to start");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_second_process_on_the_same_directory_is_refused() {
    let data = tempdir().unwrap();
    let _first = Process::start(data.path());
    let error = error(&command(data.path(), "127.0.0.1:0").output().unwrap());
    assert!(error.contains(&data.path().display().to_string()), "{error}");
    assert!(error.contains("another process"), "{error}");
}

#[test]
fn an_error_names_a_port_in_use() {
    let (data, other) = (tempdir().unwrap(), tempdir().unwrap());
    let first = Process::start(data.path());
    let client = first.client();
    let error = error(&command(other.path(), client.address()).output().unwrap());
    assert!(error.contains(client.address()), "{error}");
}

#[test]
fn an_error_names_a_path_that_is_not_a_directory() {
    let parent = tempdir().unwrap();
    let file = parent.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let error = error(&command(&file, "127.0.0.1:0").output().unwrap());
    assert!(error.contains(&file.display().to_string()), "{error}");
}
