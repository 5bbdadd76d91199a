//! A collector of OpenTelemetry that keeps all spans it receives.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span,
};
use prost::Message as _;

/// How long a test waits for spans before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Collector {
    address: SocketAddr,
    pub(crate) received: Arc<Received>,
}

#[derive(Default)]
pub(crate) struct Received {
    spans: Mutex<Vec<Span>>,
    more: Condvar,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Received::default());
        let accepting = Arc::clone(&received);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let received = Arc::clone(&accepting);
                thread::spawn(move || received.read(connection.unwrap()));
            }
        });
        Self { address, received }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans of a trace that have arrived.
    pub(crate) fn spans(&self, trace: &str) -> Vec<Span> {
        of_trace(trace, &self.received.spans.lock().unwrap())
    }

    /// Waits until the spans of a trace are these.
    pub(crate) fn until(&self, trace: &str, are_all: impl Fn(&[Span]) -> bool) {
        let spans = self.received.spans.lock().unwrap();
        let missing = |spans: &mut Vec<Span>| !are_all(&of_trace(trace, spans));
        let (spans, timeout) =
            self.received.more.wait_timeout_while(spans, PATIENCE, missing).unwrap();
        assert!(!timeout.timed_out(), "only these arrived: {spans:#?}");
    }
}

fn of_trace(trace: &str, spans: &[Span]) -> Vec<Span> {
    let id = u128::from_str_radix(trace, 16).unwrap().to_be_bytes();
    spans.iter().filter(|span| span.trace_id == id).cloned().collect()
}

impl Received {
    fn read(&self, connection: TcpStream) {
        let mut writer = connection.try_clone().unwrap();
        let mut reader = BufReader::new(connection);
        while let Some(body) = read_request(&mut reader) {
            self.add(&body);
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    }

    /// Adds the spans of a request in protobuf.
    pub(crate) fn add(&self, request: &[u8]) {
        let request = ExportTraceServiceRequest::decode(request).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|it| it.scope_spans);
        self.spans.lock().unwrap().extend(scopes.flat_map(|it| it.spans));
        self.more.notify_all();
    }
}

/// The body of the next request; `None` if the client has gone.
fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut length = 0;
    let mut is_first = true;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if is_first {
            assert!(line.starts_with("POST /v1/traces "), "{line}");
            is_first = false;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            return Some(body);
        }
    }
}
