//! What signals do to the example's real binary.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for; each test file uses a part \
              of `process`"
)]

#[path = "../crash/process.rs"]
mod process;

use std::{io::Write as _, net::TcpStream, thread};

use process::Process;
use tempfile::tempdir;

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let data = tempdir().unwrap();
    let mut process = Process::start(data.path());
    let client = process.client();
    // A shutdown waits for requests whose bodies are still being sent.
    let mut unfinished = TcpStream::connect(client.address()).unwrap();
    let head = "POST /counter.v1.Counter/Ann/Add HTTP/1.1\r\nhost: localhost\r\n\
                content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
    unfinished.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 21];
    std::io::Read::read_exact(&mut unfinished, &mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue");

    process.signal_termination();
    // The listener is closed once the shutdown has begun.
    while TcpStream::connect(client.address()).is_ok() {
        thread::yield_now();
    }
    process.signal_termination();
    assert_eq!(process.wait().code(), Some(143));
}
