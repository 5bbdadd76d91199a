//! An engine on a port, and a client that sends it any bytes.

use std::{cell::RefCell, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::{Builder, Runtime},
    time::timeout,
};

use crate::services::{Echo, Keep};

/// Requests before an engine is replaced, as it keeps what it was told to do.
const REQUESTS: u32 = 20_000;

struct Server {
    runtime: Runtime,
    engine: restate_embedded::Engine,
    requests: u32,
    /// Deleted after the engine is gone.
    _directory: tempfile::TempDir,
}

thread_local! {
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

/// Sends `request` to an engine, at the address that `of` tells, and waits for the end of the response. A
/// panic in the engine ends the process.
pub(crate) fn send(request: &[u8], of: fn(&restate_embedded::Engine) -> SocketAddr) {
    SERVER.with_borrow_mut(|server| {
        server.take_if(|server| server.requests > REQUESTS);
        let Server { runtime, engine, requests, .. } = server.get_or_insert_with(start);
        *requests += 1;
        let address = of(engine);
        runtime.block_on(async {
            let mut stream = TcpStream::connect(address).await.expect("the engine listens");
            // The engine may refuse a request before it has read all of it.
            let _ = stream.write_all(request).await;
            let _ = stream.shutdown().await;
            let mut response = Vec::new();
            let read = timeout(Duration::from_secs(1), stream.read_to_end(&mut response));
            let _ = read.await;
        });
    });
}

fn start() -> Server {
    let runtime =
        Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let builder = restate_embedded::Engine::builder()
        .bind(Echo)
        .bind(Keep)
        .data_dir(directory.path())
        .durability(restate_embedded::Durability::Relaxed)
        .ingress("127.0.0.1:0")
        .admin("127.0.0.1:0");
    let engine = runtime.block_on(builder.start()).expect("the engine starts");
    Server { runtime, engine, requests: 0, _directory: directory }
}
