//! Requests and streams with changed bytes: no task panics, and the servers work on.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    panic,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use restate_core::wire::{
    framing::encode,
    protocol::{InputCommand, Start, StateEntry},
};
use restate_endpoint::Endpoint;
use restate_tests::services;
use tokio::{task::spawn_blocking, time::timeout};

use crate::servers::Servers;

const PATIENCE: Duration = Duration::from_secs(30);

/// A sequence of numbers that looks random (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    /// The bytes with up to eight changes: a bit, a byte, a cut, or a part that is repeated.
    fn change(&mut self, original: &[u8]) -> Vec<u8> {
        let mut bytes = original.to_vec();
        for _ in 0..=self.below(8) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                2 => bytes.truncate(at + 1),
                3 => drop(bytes.remove(at)),
                _ => {
                    let part = bytes[at..].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        bytes
    }
}

/// Counts panics of all threads from now on.
fn panics() -> &'static AtomicUsize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        COUNT.fetch_add(1, Ordering::SeqCst);
        before(info);
    }));
    &COUNT
}

const REQUESTS: [&str; 7] = [
    "POST /TestUtilsService/uppercaseEcho HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6\r\n\
     content-type: application/json\r\n\r\n\"ping\"",
    "POST /Counter/a%2Fb/add/send?delay=1s HTTP/1.1\r\nhost: localhost\r\nidempotency-key: once\r\n\
     transfer-encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n",
    "GET /restate/invocation/Counter/k/add/once/output HTTP/1.1\r\nhost: localhost\r\n\
     accept: application/proto;q=0.5, application/json\r\n\r\n",
    "POST /restate/awakeables/sign_1ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/resolve HTTP/1.1\r\n\
     host: localhost\r\ncontent-length: 2\r\n\r\n{}",
    "GET /invocations?status=ready&older_than=10m&limit=7 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
     content-length: 47\r\n\r\n{\"query\":\"SELECT name FROM sqlite_schema ORDER BY 1\"}",
    "PUT /services/Counter/state/k/counter HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\
     content-type: application/json\r\n\r\n7",
];

/// Sends bytes, and reads to the end of the answer.
fn exchange(address: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may refuse the request before it has read all of it.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            panic!("no answer to {:?}", String::from_utf8_lossy(bytes))
        }
        // A connection that is reset has an end, too.
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_requests_and_streams_do_no_harm() {
    let panics = panics();
    let servers = Servers::start().await;
    let addresses = servers.all().map(|(address, _)| address);
    spawn_blocking(move || {
        let mut numbers = Numbers(1);
        for n in 0..3000 {
            let changed = numbers.change(REQUESTS[n % REQUESTS.len()].as_bytes());
            exchange(addresses[n / REQUESTS.len() % addresses.len()], &changed);
        }
    })
    .await
    .unwrap();
    servers.must_work().await;

    let endpoint = services::all().into_iter().fold(Endpoint::builder(), |all, it| all.bind(it));
    let endpoint = endpoint.build().unwrap();
    let stream = stream();
    let mut numbers = Numbers(2);
    for n in 0..3000 {
        let (body, version) = (numbers.change(&stream), 5 + n % 3);
        let request = Request::post("/invoke/Counter/add")
            .header("content-type", format!("application/vnd.restate.invocation.v{version}"))
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let Ok(response) = endpoint.handle(request).await;
        // It may break off. But none lasts when there is nothing more to come.
        let answered = timeout(PATIENCE, response.into_body().collect()).await;
        assert!(answered.is_ok(), "no answer to stream {n}");
    }
    assert_eq!(panics.load(Ordering::SeqCst), 0);
    servers.stop().await;
}

/// What a Restate server sends to start an attempt of `Counter/add`.
fn stream() -> Bytes {
    let mut stream = BytesMut::new();
    let entry = StateEntry { key: "counter".into(), value: "6".into() };
    let start = Start {
        id: Bytes::from_static(b"inv_test"),
        debug_id: "inv_test".into(),
        known_entries: 1,
        state_map: vec![entry],
        key: "k".into(),
        ..Start::default()
    };
    encode(&start, &mut stream);
    let input = InputCommand { value: Some(Bytes::from_static(b"1").into()), ..Default::default() };
    encode(&input, &mut stream);
    stream.freeze()
}
