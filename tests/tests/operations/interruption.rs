//! Kills a process at one of its requests.

use std::{
    net::SocketAddr,
    process::Child,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// Where the process is killed.
#[derive(Clone, Copy, Debug)]
pub enum Interruption {
    /// The server has not received the request.
    BeforeTheRequest,
    /// The server has carried it out, and the process does not know.
    BeforeTheAnswer,
    /// The process has just received the answer.
    AfterTheAnswer,
}

/// Passes requests on to servers, and says at which one the process is to be killed.
pub struct Proxy {
    addresses: Vec<SocketAddr>,
    plan: Arc<Plan>,
}

struct Plan {
    interruption: Interruption,
    requests: AtomicU32,
    /// The request at which the process is killed.
    at: AtomicU32,
    is_due: Notify,
}

impl Proxy {
    /// Listens for each of these servers.
    pub async fn start(servers: [SocketAddr; 2], interruption: Interruption) -> Self {
        let (requests, at) = (AtomicU32::new(0), AtomicU32::new(0));
        let plan = Arc::new(Plan { interruption, requests, at, is_due: Notify::new() });
        let mut addresses = Vec::new();
        for server in servers {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            let plan = Arc::clone(&plan);
            tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(pass_on(client, server, Arc::clone(&plan)));
                }
            });
        }
        Self { addresses, plan }
    }

    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Starts a process and kills it at its request number `at`; whether it has ended before, with success.
    pub async fn run(&self, at: u32, start: impl FnOnce() -> Child) -> bool {
        self.plan.requests.store(0, Ordering::SeqCst);
        self.plan.at.store(at, Ordering::SeqCst);
        let mut process = start();
        loop {
            tokio::select! {
                () = self.plan.is_due.notified() => {
                    process.kill().unwrap();
                    process.wait().unwrap();
                    return false;
                }
                () = tokio::time::sleep(Duration::from_millis(5)) => {
                    if let Some(status) = process.try_wait().unwrap() {
                        assert!(status.success(), "it ends with {status}");
                        return true;
                    }
                }
            }
        }
    }
}

/// Passes on one request: clients of this kind use a connection once.
async fn pass_on(mut client: TcpStream, server: SocketAddr, plan: Arc<Plan>) {
    let request = plan.requests.fetch_add(1, Ordering::SeqCst) + 1;
    let interruption = (request == plan.at.load(Ordering::SeqCst)).then_some(plan.interruption);
    if matches!(interruption, Some(Interruption::BeforeTheRequest)) {
        return plan.is_due.notify_one();
    }
    let mut server = TcpStream::connect(server).await.unwrap();
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let mut answer = Vec::new();
    let request = async {
        // It ends when the client does, which keeps its side open until it has the answer.
        let _ = copy(&mut from_client, &mut to_server).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = from_server.read_to_end(&mut answer) => {}
        () = request => {}
    }
    if matches!(interruption, Some(Interruption::BeforeTheAnswer)) {
        return plan.is_due.notify_one();
    }
    // A process that was killed does not read.
    let _ = to_client.write_all(&answer).await;
    let _ = to_client.shutdown().await;
    if matches!(interruption, Some(Interruption::AfterTheAnswer)) {
        plan.is_due.notify_one();
    }
}
