//! The memory of an engine whose deployments want all of it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

#[path = "support/served.rs"]
mod served;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, StatusCode};
use served::Served;
use tokio::net::{TcpListener, TcpStream};

/// The most that an engine may take up for what a deployment does here, in KiB: far less than it is asked to.
const BOUND: u64 = 96 << 10;

/// An engine of a deployment whose handlers neither read nor stop sending.
async fn engine(directory: &tempfile::TempDir) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream));
        }
    });
    let data = directory.path().to_owned();
    tokio::task::spawn_blocking(move || {
        Served::start(|command| {
            command
                .args(["serve", "--ingress", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data"])
                .arg(data)
                .args(["--deployment", &url, "--deployment-concurrency", "4"])
                .args(["--retry-initial-interval", "1ms", "--retry-max-attempts", "3"])
                .args(["--on-max-attempts", "kill"])
        })
    })
    .await
    .unwrap()
}

async fn serve(stream: TcpStream) {
    let handler = |name| {
        let input = serde_json::json!({ "required": false, "contentType": "*/*" });
        serde_json::json!({ "name": name, "input": input })
    };
    let handlers = [handler("ignore"), handler("boast")];
    let manifest = serde_json::json!({
        "protocolMode": "BIDI_STREAM",
        "minProtocolVersion": 5,
        "maxProtocolVersion": 7,
        "services": [{ "name": "Hungry", "ty": "SERVICE", "handlers": handlers }],
    });
    let mut connection = h2::server::handshake(stream).await.unwrap();
    // Bodies that are dropped are reset.
    let mut kept = Vec::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        match request.uri().path() {
            "/discover" => {
                let mut body = respond.send_response(Response::new(()), false).unwrap();
                body.send_data(manifest.to_string().into(), true).unwrap();
            }
            "/invoke/Hungry/boast" => drop(tokio::spawn(boast(request, respond))),
            _ => kept.push((request, respond)),
        }
    }
}

/// Announces a message of 2 GiB, and sends as much of it as it may.
async fn boast(request: Request<h2::RecvStream>, mut respond: h2::server::SendResponse<Bytes>) {
    let mut response = Response::new(());
    let content_type = request.headers()["content-type"].clone();
    response.headers_mut().insert("content-type", content_type);
    let Ok(mut body) = respond.send_response(response, false) else { return };
    // The output of a handler.
    drop(body.send_data(Bytes::from_static(b"\x04\x01\0\0\x80\0\0\0"), false));
    loop {
        body.reserve_capacity(64 << 10);
        let capacity = match body.capacity() {
            0 => std::future::poll_fn(|cx| body.poll_capacity(cx)).await,
            capacity => Some(Ok(capacity)),
        };
        match capacity {
            Some(Ok(capacity)) if body.send_data(vec![0; capacity].into(), false).is_ok() => {}
            // The engine has had enough.
            _ => return,
        }
    }
}

async fn post(address: &str, path: &str, body: Bytes) -> (StatusCode, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut requests, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(path).header("host", address).body(Full::new(body)).unwrap();
    let answer = requests.send_request(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// A line of `/proc`, in KiB: `VmHWM` is the most memory that the process has had so far.
fn memory(served: &Served, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn inputs_that_a_deployment_does_not_read_wait_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let served = engine(&directory).await;
    let before = memory(&served, "VmRSS");
    let input = Bytes::from(vec![7; 4 << 20]);
    for _ in 0..80 {
        let (status, text) = post(&served.ingress, "/Hungry/ignore/send", input.clone()).await;
        assert_eq!(status, 202, "{text}");
    }
    let taken = memory(&served, "VmHWM") - before;
    assert!(taken < BOUND, "320 MiB that are not read take up {taken} KiB");
}

#[tokio::test]
async fn a_message_of_two_gibibytes_is_not_received() {
    let directory = tempfile::tempdir().unwrap();
    let served = engine(&directory).await;
    let before = memory(&served, "VmRSS");
    for _ in 0..10 {
        let (status, text) = post(&served.ingress, "/Hungry/boast", Bytes::new()).await;
        assert_eq!(status, 500, "{text}");
        let reason = "a message of 2147483648 bytes is over the limit of 33554432 bytes";
        assert!(text.contains(reason), "{text}");
    }
    let taken = memory(&served, "VmHWM") - before;
    assert!(taken < BOUND, "messages that are too long take up {taken} KiB");
}
