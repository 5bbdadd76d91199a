//! An HTTP server with scripted responses that records the requests.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use restate_ingress::{IngressClient, IngressClientBuilder, RetryPolicy};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

pub const ID: &str = "inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp";

/// The server's reaction to one request.
pub enum Reply {
    Response(Response<Full<Bytes>>),
    /// Never responds.
    Hang,
    /// Closes the connection without a response.
    Close,
}

/// A request that the server has read.
#[derive(Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Each request takes the next reply of the script; after the last one, requests hang.
pub struct Server {
    pub url: String,
    seen: UnboundedReceiver<Seen>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen_sender, seen) = unbounded_channel();
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        tokio::spawn(accept(listener, script, seen_sender, Arc::clone(&connections)));
        Self { url, seen, connections }
    }

    /// Settings of a client that retries without noticeable delay.
    pub fn builder(&self) -> IngressClientBuilder {
        let at_once = RetryPolicy::new().initial_interval(std::time::Duration::from_micros(1));
        IngressClient::builder(&self.url).retry_policy(at_once.factor(1.0))
    }

    pub fn client(&self) -> IngressClient {
        self.builder().build().unwrap()
    }

    /// Waits for the next request.
    pub async fn seen(&mut self) -> Seen {
        self.seen.recv().await.expect("the server runs")
    }

    /// Number of requests that [`seen`](Self::seen) has not returned.
    pub fn unseen(&self) -> usize {
        self.seen.len()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

type Script = Arc<Mutex<VecDeque<Reply>>>;

async fn accept(
    listener: TcpListener,
    script: Script,
    seen_sender: UnboundedSender<Seen>,
    connections: Arc<AtomicUsize>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.fetch_add(1, Ordering::Relaxed);
        let (script, seen_sender) = (Arc::clone(&script), seen_sender.clone());
        let serve =
            service_fn(move |request| reply(request, Arc::clone(&script), seen_sender.clone()));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), serve);
        tokio::spawn(async move {
            // Ends with an error after `Reply::Close`.
            drop(connection.await);
        });
    }
}

async fn reply(
    request: Request<Incoming>,
    script: Script,
    seen_sender: UnboundedSender<Seen>,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = head.uri.path_and_query().unwrap().to_string();
    drop(seen_sender.send(Seen { method: head.method, path, headers: head.headers, body }));
    let reply = script.lock().unwrap().pop_front();
    match reply.unwrap_or(Reply::Hang) {
        Reply::Response(response) => Ok(response),
        Reply::Hang => {
            std::future::pending::<Result<_, Infallible>>().await.map_err(|it| match it {})
        }
        Reply::Close => Err("closed by the script"),
    }
}

/// A response with this status, these headers and this body.
pub fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Reply::Response(response.body(Full::new(body.into())).unwrap())
}

/// The JSON result of a handler.
pub fn result(body: &'static str) -> Reply {
    response(200, &[("x-restate-id", ID), ("content-type", "application/json")], body)
}

/// The response to a one-way call that was accepted.
pub fn receipt(status: &str) -> Reply {
    let body = format!(r#"{{"invocationId":"{ID}","status":"{status}"}}"#);
    response(202, &[("x-restate-id", ID), ("content-type", "application/json")], body)
}

/// The terminal failure of a handler.
pub fn failure(status: u16) -> Reply {
    let body = format!(
        r#"{{"code":{status},"message":"no","metadata":{{"a":"b"}},"source":"invocation"}}"#
    );
    response(status, &[("x-restate-id", ID), ("x-restate-error-source", "invocation")], body)
}

/// An error of the ingress itself.
pub fn refusal(status: u16) -> Reply {
    let body = format!(r#"{{"code":{status},"message":"no","source":"ingress"}}"#);
    response(status, &[("x-restate-error-source", "ingress")], body)
}
