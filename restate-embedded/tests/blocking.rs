//! Handlers that block their threads hold up neither servers nor a shutdown.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use restate_embedded::Engine;
use support::{
    actor::{Act, actor},
    lines::Lines,
};
use tokio::{runtime, sync::oneshot};

/// Maximum wait for an event; far longer than any takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// A program that runs an engine whose handlers block.
struct Program {
    ingress: SocketAddr,
    /// Receives the key of each handler that blocks from now on.
    blocked: Receiver<String>,
    /// Dropped to let handlers go on.
    release: Sender<()>,
    signal: oneshot::Sender<()>,
    /// Receives when the program has ended.
    ended: Receiver<()>,
}

impl Program {
    fn start(mut runtime: runtime::Builder) -> Self {
        let (block, blocked) = channel();
        let (release, released) = channel::<()>();
        let (signal, told) = oneshot::channel::<()>();
        let (serve, serving) = channel();
        let (end, ended) = channel();
        let released = Arc::new(Mutex::new(released));
        let service = actor(move |_, key| -> Act<'_> {
            let (block, released) = (block.clone(), Arc::clone(&released));
            Box::pin(async move {
                block.send(key.clone()).unwrap();
                // Handlers wait for the test, one of them with the lock.
                released.lock().unwrap().recv().unwrap_err();
                Ok(key)
            })
        });
        thread::spawn(move || {
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async {
                let engine = Engine::builder()
                    .bind(service)
                    .in_memory()
                    .handler_threads(TWO)
                    .shutdown_timeout(Duration::from_millis(50))
                    .ingress("127.0.0.1:0");
                let engine = engine.start().await.unwrap();
                serve.send(engine.ingress_addr().unwrap()).unwrap();
                engine.run_until(told).await.unwrap();
            });
            // Waits for what runs in it, as the end of `main` does.
            drop(runtime);
            end.send(()).unwrap();
        });
        let ingress = serving.recv_timeout(PATIENCE).unwrap();
        Self { ingress, blocked, release, signal, ended }
    }

    /// Calls two handlers, and waits until both block their threads.
    fn block(&self) {
        for key in ["a", "b"] {
            let sent = self.request(&format!("POST /Actor/{key}/act/send"), &format!("\"{key}\""));
            assert!(sent.starts_with("HTTP/1.1 202"), "{sent}");
        }
        for _ in 0..2 {
            self.blocked.recv_timeout(PATIENCE).unwrap();
        }
    }

    fn request(&self, line: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.ingress).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }
}

fn neither_servers_nor_a_shutdown_wait(runtime: runtime::Builder) {
    let program = Program::start(runtime);
    program.block();
    let health = program.request("GET /restate/health", "");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    program.signal.send(()).unwrap();
    program.ended.recv_timeout(PATIENCE).unwrap();
    drop(program.release);
}

#[test]
fn handlers_that_block_hold_up_neither_servers_nor_a_shutdown() {
    let mut runtime = runtime::Builder::new_multi_thread();
    runtime.worker_threads(2);
    neither_servers_nor_a_shutdown_wait(runtime);
}

#[test]
fn nor_do_they_in_a_program_with_one_thread() {
    neither_servers_nor_a_shutdown_wait(runtime::Builder::new_current_thread());
}

#[tokio::test]
async fn a_handler_that_blocks_is_named_with_the_time() {
    let lines = Lines::install();
    let program = Program::start(runtime::Builder::new_current_thread());
    program.block();
    let blocks =
        lines.with(&["Actor/a/act", "(invocation inv_", "has blocked its thread for"]).await;
    assert!(blocks.starts_with("WARN"), "{blocks}");
    drop(program.release);
    lines.with(&["Actor/a/act", "blocked its thread", "and has gone on"]).await;
    program.signal.send(()).unwrap();
    program.ended.recv_timeout(PATIENCE).unwrap();
}
