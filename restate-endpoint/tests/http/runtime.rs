//! The server's side of the protocol: sends frames in a request, reads frames from the response.

use std::{
    net::{Ipv4Addr, Shutdown, SocketAddr},
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version, header};
use http_body_util::{
    BodyExt, Empty,
    channel::{Channel, Sender},
};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use restate_core::wire::{
    framing::{Decoder, Frame},
    protocol::{
        InputCommand, MessageType, Notification, NotificationId, NotificationResult, OutputCommand,
        OutputResult, ProtocolMessage, Start, Value, Void,
    },
};
use restate_endpoint::{Endpoint, EndpointBuilder};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::oneshot,
    task::JoinHandle,
};

use crate::services::Waiting;

/// Limit for any wait on loopback; long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Fails the test when `future` takes longer than [`PATIENCE`].
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("the exchange takes less than PATIENCE")
}

/// A served endpoint and one connection to it.
pub struct Runtime {
    connection: Connection,
    socket: std::net::TcpStream,
    pub address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

enum Connection {
    Http1(http1::SendRequest<Channel<Bytes>>),
    Http2(http2::SendRequest<Channel<Bytes>>),
}

impl Runtime {
    /// Serves the test service over HTTP/2.
    pub async fn http2() -> Self {
        Self::over(Version::HTTP_2, Endpoint::builder().bind(Waiting::new().0)).await
    }

    /// Serves the endpoint of `builder` over this version of HTTP.
    pub async fn over(version: Version, builder: EndpointBuilder) -> Self {
        let endpoint = builder.build().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, told) = oneshot::channel::<()>();
        let serving = tokio::spawn(async {
            endpoint.run_until(listener, told).await.unwrap();
        });
        Self::connect(version, address, shutdown, serving).await
    }

    /// Serves the endpoint of `builder` over HTTP/2 in a program of its own, with one thread.
    pub async fn alone(builder: EndpointBuilder) -> Self {
        let endpoint = builder.build().unwrap();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, told) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel();
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(endpoint.run_until(listener, told)).unwrap();
            // Waits for what runs in it, as the end of `main` does.
            drop(runtime);
            end.send(()).unwrap();
        });
        let serving = tokio::spawn(async { ended.await.unwrap() });
        Self::connect(Version::HTTP_2, address, shutdown, serving).await
    }

    async fn connect(
        version: Version,
        address: SocketAddr,
        shutdown: oneshot::Sender<()>,
        serving: JoinHandle<()>,
    ) -> Self {
        let stream = TcpStream::connect(address).await.unwrap().into_std().unwrap();
        let socket = stream.try_clone().unwrap();
        let stream = TokioIo::new(TcpStream::from_std(stream).unwrap());
        let connection = if version == Version::HTTP_2 {
            let executor = TokioExecutor::new();
            let (sender, driver) = http2::handshake(executor, stream).await.unwrap();
            tokio::spawn(driver);
            Connection::Http2(sender)
        } else {
            let (sender, driver) = http1::handshake(stream).await.unwrap();
            tokio::spawn(driver);
            Connection::Http1(sender)
        };
        Self { connection, socket, address, shutdown, serving }
    }

    /// Starts an attempt of `handler` in protocol version `version`.
    pub fn start(&mut self, handler: &str, version: u32) -> AttemptRequest {
        let (input, body) = Channel::new(16);
        let request = Request::post(format!("http://localhost/invoke/test.Waiting/{handler}"))
            .header(header::CONTENT_TYPE, format!("application/vnd.restate.invocation.v{version}"))
            .body(body)
            .unwrap();
        let response = match &mut self.connection {
            Connection::Http1(sender) => tokio::spawn(sender.send_request(request)),
            Connection::Http2(sender) => tokio::spawn(sender.send_request(request)),
        };
        AttemptRequest { input, response }
    }

    /// An attempt of `handler` with this input, once its response has started.
    pub async fn attempt(&mut self, handler: &str, input: &'static str) -> Attempt {
        let mut request = self.start(handler, 7);
        request.send_input(input).await;
        request.response().await
    }

    /// What the endpoint answers at `/metrics`, over a connection of its own.
    pub async fn metrics(&self) -> String {
        let stream = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
        let (mut sender, driver) = http1::handshake(stream).await.unwrap();
        tokio::spawn(driver);
        let request = Request::get("/metrics").header(header::HOST, "localhost");
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let response = soon(sender.send_request(request)).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let body = soon(response.into_body().collect()).await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Breaks the connection without ending its streams.
    pub fn vanish(&self) {
        self.socket.shutdown(Shutdown::Both).unwrap();
    }

    /// Tells the endpoint to shut down.
    pub fn shut_down(self) -> JoinHandle<()> {
        self.shutdown.send(()).unwrap();
        self.serving
    }
}

/// A request that is being sent.
pub struct AttemptRequest {
    input: Sender<Bytes>,
    response: JoinHandle<hyper::Result<http::Response<Incoming>>>,
}

impl AttemptRequest {
    pub async fn send(&mut self, bytes: impl Into<Bytes>) {
        soon(self.input.send_data(bytes.into())).await.unwrap();
    }

    /// Sends a journal that holds only this input.
    pub async fn send_input(&mut self, input: &'static str) {
        self.send(journal(input)).await;
    }

    /// Whether the response's head has arrived.
    pub fn has_response(&self) -> bool {
        self.response.is_finished()
    }

    /// Ends the request, then waits for the response.
    pub async fn end(self) -> Attempt {
        let Self { input, response } = self;
        drop(input);
        Attempt::new(None, soon(response).await.unwrap().unwrap())
    }

    /// Waits for the response while the request is open.
    pub async fn response(self) -> Attempt {
        let Self { input, response } = self;
        Attempt::new(Some(input), soon(response).await.unwrap().unwrap())
    }
}

/// The frames of a journal that holds only an input.
pub fn journal(input: &'static str) -> Bytes {
    let start = Start {
        id: Bytes::from_static(b"0123456789abcdef"),
        debug_id: "inv_test".to_owned(),
        known_entries: 1,
        ..Start::default()
    };
    let input = InputCommand {
        value: Some(Value { content: Bytes::from_static(input.as_bytes()) }),
        ..InputCommand::default()
    };
    [Frame::new(&start).raw().as_ref(), Frame::new(&input).raw()].concat().into()
}

/// An attempt whose response has started.
pub struct Attempt {
    pub status: StatusCode,
    pub headers: HeaderMap,
    input: Option<Sender<Bytes>>,
    body: Incoming,
    frames: Decoder,
}

impl Attempt {
    fn new(input: Option<Sender<Bytes>>, response: http::Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let frames = Decoder::default();
        Self { status: head.status, headers: head.headers, input, body, frames }
    }

    pub async fn send(&mut self, bytes: impl Into<Bytes>) {
        let input = self.input.as_mut().expect("the request has not ended");
        soon(input.send_data(bytes.into())).await.unwrap();
    }

    /// Completes the sleep that is the handler's first command.
    pub async fn wake_up(&mut self) {
        let notification = Notification {
            id: Some(NotificationId::CompletionId(1)),
            result: Some(NotificationResult::Void(Void {})),
        };
        let frame = Frame::notification(MessageType::SleepCompletion, &notification);
        self.send(frame.raw().clone()).await;
    }

    /// Ends the request.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The next frame except `AwaitingOn`; `None` after the last one.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            while let Some(frame) = self.frames.next_frame().unwrap() {
                if frame.ty() != MessageType::AwaitingOn {
                    return Some(frame);
                }
            }
            let Some(frame) = soon(self.body.frame()).await else {
                assert!(self.frames.is_at_boundary(), "the response ends within a message");
                return None;
            };
            self.frames.push(frame.unwrap().into_data().unwrap());
        }
    }

    /// The next frame, which has to be an `M`.
    pub async fn expect<M: ProtocolMessage>(&mut self) -> M {
        let frame = self.next().await.expect("the response goes on");
        frame.decode().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Reads up to the end of the attempt, whose output has to be `expected`.
    pub async fn expect_output(&mut self, expected: &str) {
        let output: OutputCommand = self.expect().await;
        match output.result {
            Some(OutputResult::Value(value)) => assert_eq!(value.content, expected),
            other => panic!("expected an output, received {other:?}"),
        }
        assert_eq!(self.next().await.expect("the response goes on").ty(), MessageType::End);
        self.close_input();
        assert_eq!(self.next().await, None);
    }

    /// Aborts the attempt; over HTTP/2, this resets its stream.
    pub fn reset(self) {}
}
